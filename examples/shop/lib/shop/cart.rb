require "socket"

module Shop
  # The carts in Redis: for each customer the number of each article.
  class Cart
    class Error < StandardError; end

    def initialize(host, port = 6379)
      @host = host
      @port = port
    end

    def add(customer, article)
      command("HINCRBY", "cart:#{customer}", article, "1")
    end

    def articles(customer)
      command("HGETALL", "cart:#{customer}").each_slice(2).to_h { |name, number| [name, number.to_i] }
    end

    def clear(customer)
      command("DEL", "cart:#{customer}")
    end

    private

    # TODO: keep the connection open.
    def command(*words)
      TCPSocket.open(@host, @port) do |socket|
        socket.write("*#{words.length}\r\n", *words.map { |word| "$#{word.bytesize}\r\n#{word}\r\n" })
        reply(socket)
      end
    end

    def reply(socket)
      kind, rest = socket.readline.chomp.then { |line| [line[0], line[1..-1]] }
      case kind
      when ":" then rest.to_i
      when "$" then socket.read(rest.to_i + 2).chomp
      when "*" then Array.new(rest.to_i) { reply(socket) }
      else raise Error, rest
      end
    end
  end
end
