"use strict";
// Charts answer to mouse, touch and arrow keys. Without this script browsers show each mark's title.
const tip = document.getElementById("tip");
let shown = null;

function hide() {
  if (shown) shown.classList.remove("on");
  shown = null;
  tip.hidden = true;
}

function show(mark, text, box) {
  hide();
  shown = mark;
  mark.classList.add("on");
  tip.textContent = text;
  tip.hidden = false;
  const width = document.documentElement.clientWidth;
  const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), width - tip.offsetWidth - 8);
  const above = box.top - tip.offsetHeight - 8;
  tip.style.left = left + window.scrollX + "px";
  tip.style.top = (above > 4 ? above : box.bottom + 8) + window.scrollY + "px";
}

// Of dots the nearest one answers; of curves and columns the one above or below, of bars the one beside.
function distance(box, x, y, near) {
  const dx = Math.max(box.left - x, 0, x - box.right) * (near === "y" ? 0.01 : 1);
  const dy = Math.max(box.top - y, 0, y - box.bottom) * (near === "x" ? 0.01 : 1);
  return dx * dx + dy * dy;
}

function answering(chart, place, next) {
  chart.tabIndex = 0;
  chart.addEventListener("pointermove", place);
  chart.addEventListener("pointerdown", place);
  chart.addEventListener("pointerleave", hide);
  chart.addEventListener("blur", hide);
  chart.addEventListener("keydown", (event) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (event.key === "Escape") hide();
    if (!step) return;
    event.preventDefault();
    next(step);
  });
}

for (const chart of document.querySelectorAll(".chart:not(.heat)")) {
  const marks = [...chart.querySelectorAll(".m")].map((mark) => {
    const title = mark.querySelector("title");
    title.remove();
    return { mark, text: title.textContent };
  });
  if (!marks.length) continue;
  let at = -1;
  const display = (k) => {
    at = k;
    show(marks[k].mark, marks[k].text, marks[k].mark.getBoundingClientRect());
  };
  const place = (event) => {
    const { clientX: x, clientY: y } = event, near = chart.dataset.near;
    const far = marks.map(({ mark }) => distance(mark.getBoundingClientRect(), x, y, near));
    const nearest = far.indexOf(Math.min(...far));
    if (far[nearest] < 900) display(nearest);
    else hide();
  };
  answering(chart, place, ([down, right]) => display((at + down + right + marks.length) % marks.length));
}

for (const chart of document.querySelectorAll(".heat")) {
  const { rows, cols, width, down, across, largest, levels } = chart.dataset;
  const values = Int8Array.from(atob(levels), (letter) => letter.charCodeAt(0));
  const cell = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  chart.append(cell);
  const w = width / cols, h = chart.viewBox.baseVal.height / rows;
  let row = 0, col = -1;
  const part = (k, block) => (block > 1 ? `${k * block + 1} to ${(k + 1) * block}` : `${k + 1}`);
  const display = (i, j) => {
    row = i;
    col = j;
    for (const [name, value] of [["x", j * w], ["y", i * h], ["width", w], ["height", h]]) cell.setAttribute(name, value);
    const level = values[i * cols + j] / 127, value = level * Math.abs(level) * largest;
    const text = `row ${part(i, +down)}, column ${part(j, +across)}: about ${value.toPrecision(2)}`;
    show(cell, text, cell.getBoundingClientRect());
  };
  const place = (event) => {
    const box = chart.getBoundingClientRect(), scale = chart.viewBox.baseVal.width / box.width;
    const i = Math.floor(((event.clientY - box.top) * scale) / h), j = Math.floor(((event.clientX - box.left) * scale) / w);
    if (i >= 0 && i < +rows && j >= 0 && j < +cols) display(i, j);
    else hide();
  };
  answering(chart, place, ([i, j]) => display((row + i + +rows) % +rows, (col + j + +cols) % +cols));
}

addEventListener("keydown", (event) => event.key === "Escape" && hide());
