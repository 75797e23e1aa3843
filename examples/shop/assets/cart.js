// Adds an article to the cart without loading the page again.
document.addEventListener("click", (event) => {
  const article = event.target.dataset.article;
  if (article) fetch(`/cart/${article}`, { method: "POST" });
});
