// The theme's switches that open a branch of the contents have no name of their own.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".bd-sidebar summary:not([aria-label])").forEach((summary) => {
    const link = summary.closest("li")?.querySelector("a");
    summary.setAttribute("aria-label", `Pages of ${link?.textContent.trim() ?? "this section"}`);
  });
});
