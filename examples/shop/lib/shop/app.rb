require "json"
require "webrick"
require_relative "cart"
require_relative "catalog"

module Shop
  # The web server: GET /articles, GET /cart and POST /cart/ARTICLE.
  class App
    def initialize(port:, catalog:, cart:)
      @catalog = catalog
      @cart = cart
      @server = WEBrick::HTTPServer.new(Port: port, AccessLog: [], Logger: WEBrick::Log.new(nil, 0))
      @server.mount_proc("/articles") { |_, response| answer(response, @catalog.prices) }
      @server.mount_proc("/cart") { |request, response| answer(response, cart_of(request)) }
    end

    def port
      @server.listeners.first.addr[1]
    end

    def start
      @server.start
    end

    def stop
      @server.shutdown
    end

    private

    def cart_of(request)
      customer = request["X-Customer"] || "nobody"
      @cart.add(customer, request.path_info.delete_prefix("/")) if request.request_method == "POST"
      articles = @cart.articles(customer)
      { articles: articles, cents: articles.sum { |name, number| number * @catalog.price(name) } }
    end

    def answer(response, value)
      response["Content-Type"] = "application/json"
      response.body = JSON.generate(value)
    end
  end
end
