/* Section 5: every bracketing of a chain as a tree, its multiplications and its measured time. */
import { h, put, setText } from "../kit/dom.js";
import { barChart } from "../kit/bars.js";
import { button, choice, row, slider, stepper } from "../kit/controls.js";
import { figure } from "../kit/figure.js";
import { range } from "../kit/matrix.js";
import { walkedList } from "../kit/walk.js";
import { brief, count, seconds } from "../kit/numbers.js";
import { fit } from "../kit/plot.js";
import { largeTree, smallTree } from "./order_tree.js";

const TIMED_SLICE = 0.1;
const AGAIN = 1;
const MOST_FACTORS = 6;
const ORDER_CHAINS = [{ value: "notes", label: "1 · 100 · 100 · 100, of the notes" }, { value: "network", label: "this network's own" },
    { value: "bottleneck", label: "784 · 128 · 16 · 128 · 784" }, { value: "widths", label: "widths by sliders" }];

export const orderSection = {
    name: "order",
    build(host) {
        const controls = orderControls(host);
        const tree = h("div", { class: "order-tree" });
        const chosen = figure({ title: "", name: "order-tree" }, tree);
        const all = orderButtons(host);
        const costs = barChart(host, { label: "multiplications of each order, on a log axis", log: true, format: count, axisFormat: brief });
        const times = barChart(host, { label: "measured time of each order, on a log axis", log: true, format: seconds,
            axisFormat: (s) => seconds(s).replace(/\.0+ /, " ") });
        const timing = timer(host);
        const figures = h("div", { class: "product-figures" }, chosen.el, figure({ title: "Every order, as a tree", name: "order-trees", plain: true }, all.el).el,
            h("div", { class: "columns order-bars" }, figure({ title: "Multiplications, log axis", name: "order-multiplications" }, costs.el).el,
                figure({ title: "Measured time, log axis", name: "order-times" }, times.el, timing.el).el));
        host.el.append(controls.el, figures);
        let key = "";
        return {
            update(scene) {
                figures.hidden = false;
                controls.update(scene);
                const wanted = JSON.stringify([scene.chosen, scene.factors]);
                if (wanted !== key) put(tree, largeTree(scene.chosen, scene.factors, host));
                key = wanted;
                chosen.caption(`${scene.chosen.formula}: ${count(scene.chosen.multiplications)} multiplications`);
                all.update(scene);
                costs.update(scene.orders.map((one) => barOf(one, scene, one.multiplications, `${count(one.multiplications)} multiplications`)),
                    { limits: decadesAround(scene.orders.map((one) => one.multiplications)) });
                times.update(scene.orders.map((one) => barOf(one, scene, one.seconds, one.seconds === null ? "not measured yet" : seconds(one.seconds))),
                    { limits: decadesAround(scene.orders.map((one) => one.seconds)) });
                timing.update(scene);
            },
            refused(scene) {
                figures.hidden = true;
                controls.update({ ...scene, widths: [] });
            },
        };
    },
};

function barOf(one, scene, value, words) {
    const kind = one.marks.includes("cheapest") ? "positive" : one.formula === scene.chosen.formula ? "ink" : "faint";
    return { name: one.formula, value, kind, explain: [`${one.formula}: ${words}`, ...one.marks].join(", ") };
}

/* An axis from a decade below the shortest bar, which so can be seen, to the decade above the longest. */
function decadesAround(values) {
    const known = values.filter((x) => x !== null && x > 0).map(Math.log10);
    if (known.length === 0) return [1e-6, 1e-3];
    return [10 ** (Math.floor(Math.min(...known) + 1e-9) - 1), 10 ** Math.ceil(Math.max(...known) - 1e-9)];
}

function orderControls(host) {
    const off = host.saved;
    const set = (values) => host.send({ do: "order.set", ...values });
    let widths = [];
    const chain = choice({ label: "Chain", options: ORDER_CHAINS, value: "notes", change: (value) => set({ chain: value }), disabled: off });
    const resize = (n) => set({ chain: "widths", widths: range(n + 1).map((k) => widths[k] ?? widths.at(-1)) });
    const factors = stepper({ label: "Matrices", min: 2, max: MOST_FACTORS, value: 3, change: resize, disabled: off });
    const sliders = range(MOST_FACTORS + 1).map((k) => slider({ label: `Width ${k + 1}`, min: 1, max: 400, log: true, whole: true, value: 100, format: brief, disabled: off,
        input: (width) => {
            widths = widths.map((old, i) => (i === k ? width : old));
            set({ chain: "widths", widths });
        } }));
    const line = row(sliders.map((one) => one.el));
    const fixed = h("p", { class: "note" });
    return {
        el: h("div", { class: "order-controls" }, row(chain.el, factors.el), line, fixed),
        update(scene) {
            chain.set(scene.settings.chain);
            const movable = scene.settings.chain === "notes" || scene.settings.chain === "widths";
            factors.el.hidden = line.hidden = !movable;
            if (movable) {
                widths = scene.widths;
                factors.set(widths.length - 1);
            }
            sliders.forEach((one, k) => {
                one.el.hidden = k >= widths.length;
                one.set(widths[k]);
            });
            setText(fixed, movable || !scene.factors ? "" : scene.factors.map((one) => `${one.name}: ${one.shape.join(" × ")}${one.kind === "dense" ? "" : `, ${one.kind}`}`).join("; "));
        },
    };
}

/* A small tree for each order; the one that is pressed is drawn large. */
function orderButtons(host) {
    const el = h("div", { class: "order-buttons", role: "group", "aria-label": "every order, arrow keys walk over them" });
    const walk = walkedList(el);
    let orders = [];
    let drawn = "";
    const make = () => {
        const face = h("span", { class: "order-face" });
        const name = h("span", { class: "order-name" });
        const price = h("span", { class: "order-price" });
        const press = () => host.send({ do: "order.set", order: orders[[...el.children].indexOf(one)].formula });
        const one = h("button", { type: "button", class: "button order-button", onclick: press, disabled: host.saved }, face, name, price);
        return one;
    };
    return {
        el,
        update(scene) {
            orders = scene.orders;
            fit(el, orders.length, make);
            walk();
            const wanted = JSON.stringify(orders.map((one) => one.tree));
            orders.forEach((one, k) => {
                const node = el.children[k];
                const [face, name, price] = node.children;
                if (wanted !== drawn) put(face, smallTree(one.tree));
                setText(name, one.formula);
                setText(price, [count(one.multiplications), ...one.marks].join(", "));
                price.dataset.value = String(one.multiplications);
                node.setAttribute("aria-pressed", String(one.formula === scene.chosen.formula));
                node.classList.toggle("cheapest", one.marks.includes("cheapest"));
            });
            drawn = wanted;
        },
    };
}

/* Orders are timed slice by slice: the next is asked for when the last has come. */
function timer(host) {
    let going = false;
    let chain = "";
    const ask = () => host.send({ do: "order.measure", seconds: TIMED_SLICE });
    let left = 0;
    const press = () => {
        going = !going && left > 0;
        if (going) ask();
        else if (left === 0) host.send({ do: "order.measure", seconds: AGAIN });
    };
    const start = button({ text: "Measure", disabled: host.saved, press });
    const words = h("p", { class: "note", role: "status" });
    return {
        el: h("div", { class: "order-timer" }, start.el, words),
        update({ factors, orders, unmeasured }) {
            const now = JSON.stringify(factors);
            if (now !== chain || unmeasured === 0) going = false;
            chain = now;
            if (going) ask();
            left = unmeasured;
            start.set({ text: going ? "Pause" : left === 0 ? "Measure again" : "Measure" });
            setText(words, unmeasured === 0 ? "Each order was carried out a few times, on one thread; the quickest time counts."
                : `${count(orders.length - unmeasured)} of ${count(orders.length)} measured.`);
        },
    };
}
