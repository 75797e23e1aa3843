class CartTest < Minitest::Test
  def setup
    @cart = Shop::Cart.new(ENV.fetch("REDIS_HOST"))
    @cart.clear("ann")
  end

  def test_a_new_cart_is_empty
    assert_empty @cart.articles("ann")
  end

  def test_articles_are_counted
    2.times { @cart.add("ann", "tea") }
    @cart.add("ann", "sugar")
    assert_equal({ "tea" => 2, "sugar" => 1 }, @cart.articles("ann"))
  end
end
