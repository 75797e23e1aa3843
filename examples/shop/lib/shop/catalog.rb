require "open3"

module Shop
  # The articles in PostgreSQL. It speaks to the database through psql, so that the shop needs no gem.
  class Catalog
    class Error < StandardError; end

    def initialize(url)
      @url = url
    end

    # The names of all articles with their prices in cents.
    def prices
      query("select name, cents from articles order by name").to_h { |name, cents| [name, cents.to_i] }
    end

    def price(name)
      rows = query("select cents from articles where name = :'name'", name: name)
      raise Error, "no article #{name}" if rows.empty?

      rows.first.first.to_i
    end

    def add(name, cents)
      query("insert into articles (name, cents) values (:'name', :cents)", name: name, cents: Integer(cents))
    end

    private

    def query(sql, values = {})
      settings = values.flat_map { |key, value| ["-v", "#{key}=#{value}"] }
      command = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", *settings, @url]
      output, errors, status = Open3.capture3(*command, stdin_data: sql)
      raise Error, errors.strip unless status.success?

      output.lines.map { |line| line.chomp.split("\t") }
    end
  end
end
