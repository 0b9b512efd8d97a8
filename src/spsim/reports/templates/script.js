"use strict";
const tip = document.getElementById("tip");
function show(words, x, y) {
  tip.textContent = words; tip.hidden = false;
  tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - tip.offsetWidth - 8)) + "px";
  tip.style.top = Math.max(4, Math.min(y + 14, innerHeight - tip.offsetHeight - 8)) + "px";
}
function choose(article, code) {
  article.querySelectorAll("[data-choose]").forEach(b => b.setAttribute("aria-pressed", b.dataset.choose === code));
  article.querySelectorAll("[data-place]").forEach(e => { if (e.dataset.place) e.hidden = e.dataset.place !== code; });
}
document.querySelectorAll("[data-choose]").forEach(b => b.addEventListener("click", () => choose(b.closest("article"), b.dataset.choose)));
document.querySelectorAll("g[data-country]").forEach(g => {
  const pick = () => choose(g.closest("article"), g.dataset.country);
  g.addEventListener("click", pick);
  g.addEventListener("keydown", e => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); pick(); } });
});
document.querySelectorAll("[data-hover]").forEach(svg => {
  const data = JSON.parse(svg.dataset.hover); let at = data.years.length - 1, line = null;
  const tell = (n, x, y) => {
    at = n;
    if (!line) { line = document.createElementNS("http://www.w3.org/2000/svg", "line"); line.setAttribute("stroke", "currentColor"); svg.append(line); }
    ["x1", "x2"].forEach(k => line.setAttribute(k, data.x[n])); line.setAttribute("y1", data.y[0]); line.setAttribute("y2", data.y[1]);
    show([data.years[n], ...data.rows.map(r => r[0] + ": " + r[2][n])].join("\n"), x, y);
  };
  const away = () => { tip.hidden = true; if (line) { line.remove(); line = null; } };
  svg.addEventListener("pointermove", e => {
    const box = svg.getBoundingClientRect(), x = (e.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
    let best = 0; data.x.forEach((v, n) => { if (Math.abs(v - x) < Math.abs(data.x[best] - x)) best = n; });
    tell(best, e.clientX, e.clientY);
  });
  svg.addEventListener("pointerleave", away); svg.addEventListener("blur", away);
  svg.addEventListener("keydown", e => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key]; if (!step) return; e.preventDefault();
    const box = svg.getBoundingClientRect(); tell(Math.max(0, Math.min(data.years.length - 1, at + step)), box.left, box.bottom);
  });
});
document.querySelectorAll("[data-say]").forEach(g => {
  g.addEventListener("pointermove", e => show(g.dataset.say, e.clientX, e.clientY));
  g.addEventListener("pointerleave", () => { tip.hidden = true; });
});
const numeric = t => { const m = t.replace(/−/g, "-").replace(/,/g, "").match(/^[+-]?[\d.]+/); return m ? parseFloat(m[0]) : null; };
document.querySelectorAll("[data-sort]").forEach(b => b.addEventListener("keydown", e => {
  if (e.key === "Enter" || e.key === " ") { e.preventDefault(); b.click(); }
}));
document.querySelectorAll("[data-sort]").forEach(b => b.addEventListener("click", () => {
  const th = b.parentElement, body = th.closest("table").tBodies[0], n = th.cellIndex;
  const down = th.getAttribute("aria-sort") === "ascending";
  th.parentElement.querySelectorAll("th").forEach(o => o.removeAttribute("aria-sort"));
  th.setAttribute("aria-sort", down ? "descending" : "ascending");
  [...body.rows].sort((p, q) => {
    const [s, t] = [p, q].map(r => r.cells[n].textContent.trim()), [u, v] = [numeric(s), numeric(t)];
    const order = u !== null && v !== null ? u - v : u !== null ? -1 : v !== null ? 1 : s.localeCompare(t);
    return down ? -order : order;
  }).forEach(r => body.append(r));
}));
