require "net/http"

class AppTest < Minitest::Test
  def setup
    cart = Shop::Cart.new(ENV.fetch("REDIS_HOST"))
    cart.clear("bob")
    @app = Shop::App.new(port: 0, catalog: Shop::Catalog.new(ENV.fetch("DATABASE_URL")), cart: cart)
    @thread = Thread.new { @app.start }
    @http = Net::HTTP.new("localhost", @app.port)
  end

  def teardown
    @app.stop
    @thread.join
  end

  def test_the_shop_lists_its_articles
    assert_equal 790, JSON.parse(@http.get("/articles").body)["coffee"]
  end

  def test_a_cart_has_a_sum
    2.times { @http.post("/cart/tea", "", "X-Customer" => "bob") }
    answer = JSON.parse(@http.get("/cart", "X-Customer" => "bob").body)
    assert_equal({ "articles" => { "tea" => 2 }, "cents" => 900 }, answer)
  end
end
