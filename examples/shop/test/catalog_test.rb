class CatalogTest < Minitest::Test
  def setup
    @catalog = Shop::Catalog.new(ENV.fetch("DATABASE_URL"))
  end

  def test_an_article_has_a_price
    assert_equal 450, @catalog.price("tea")
  end

  def test_a_new_article_is_found
    @catalog.add("milk", 110)
    assert_equal 110, @catalog.price("milk")
  end

  def test_a_quote_in_a_name_is_no_sql
    assert_raises(Shop::Catalog::Error) { @catalog.price("tea' or 'a' = 'a") }
  end

  def test_nothing_is_free
    error = assert_raises(Shop::Catalog::Error) { @catalog.add("air", 0) }
    assert_match(/check constraint/, error.message)
  end
end
