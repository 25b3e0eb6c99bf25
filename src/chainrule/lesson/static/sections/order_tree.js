/* A bracketing as a tree: matrices at the foot, each product above what it multiplies.
 *
 *   smallTree(tree)                       tree: a place in the chain, or [left, right]
 *   largeTree({tree, steps, formula}, factors, host)    with names, shapes and multiplications
 */
import { listen, svg } from "../kit/dom.js";
import { count } from "../kit/numbers.js";

const SMALL = { across: 12, up: 9, edge: [7, 7] };
const LARGE = { across: 104, up: 58, edge: [46, 22] };

/* Where every node lies; products come in the order in which they are carried out. */
function laidOut(tree) {
    const nodes = [];
    const visit = (part) => {
        if (!Array.isArray(part)) {
            nodes.push({ x: part, level: 0, leaf: part });
            return nodes.at(-1);
        }
        const [left, right] = part.map(visit);
        const node = { x: (left.x + right.x) / 2, level: Math.max(left.level, right.level) + 1, parts: [left, right] };
        nodes.push(node);
        return node;
    };
    const top = visit(tree);
    return { nodes, height: top.level, width: nodes.filter((one) => one.leaf !== undefined).length };
}

function placed(tree, { across, up, edge }) {
    const { nodes, height, width } = laidOut(tree);
    const at = (node) => [edge[0] + node.x * across, edge[1] + (height - node.level) * up];
    return { nodes, at, size: [2 * edge[0] + (width - 1) * across, 2 * edge[1] + height * up] };
}

function branches(nodes, at) {
    return nodes.filter((node) => node.parts).flatMap((node) => node.parts.map((part) => {
        const [[x1, y1], [x2, y2]] = [at(node), at(part)];
        return svg("line", { x1, y1, x2, y2, class: "tree-branch" });
    }));
}

export function smallTree(tree) {
    const { nodes, at, size } = placed(tree, SMALL);
    const dots = nodes.map((node) => svg("circle", { cx: at(node)[0], cy: at(node)[1], r: node.parts ? 2.2 : 1.8, class: node.parts ? "tree-product" : "tree-leaf" }));
    return svg("svg", { viewBox: `0 0 ${size[0]} ${size[1]}`, width: size[0], height: size[1], class: "tree small", "aria-hidden": "true" }, branches(nodes, at), dots);
}

export function largeTree({ tree, steps, formula }, factors, host) {
    const { nodes, at, size } = placed(tree, LARGE);
    let step = 0;
    const largest = Math.max(1, ...steps.map((one) => one.multiplications));
    const parts = nodes.map((node) => (node.parts ? productNode(at(node), steps[step++], largest, host) : leafNode(at(node), factors[node.leaf])));
    return svg("svg", { viewBox: `0 0 ${size[0]} ${size[1]}`, class: "plot tree large", role: "img", vars: { "--tree-width": `${size[0]}px` },
        "aria-label": `${formula} as a tree` }, branches(nodes, at), parts);
}

function leafNode([x, y], { name, shape }) {
    return svg("g", {}, svg("rect", { x: x - 44, y: y - 19, width: 88, height: 38, rx: 4, class: "tree-box" }),
        svg("text", { x, y: y - 3, "text-anchor": "middle", class: "tree-name" }, name),
        svg("text", { x, y: y + 13, "text-anchor": "middle" }, shape.join(" × ")));
}

/* The disc grows with what the product costs. */
function productNode([x, y], { left, right, shape: [m, k, n], multiplications }, largest, host) {
    const radius = 3 + 11 * Math.sqrt(multiplications / largest);
    const words = `${left} · ${right}: ${m} × ${k} times ${k} × ${n}, ${count(multiplications)} multiplications`;
    const group = svg("g", { tabindex: "0", role: "img", "aria-label": words, class: "tree-step" },
        svg("circle", { cx: x, cy: y, r: radius, class: "tree-product" }),
        svg("text", { x: x + radius + 5, y: y - 1, class: "tree-cost", "data-value": String(multiplications) }, count(multiplications)),
        svg("text", { x: x + radius + 5, y: y + 12 }, `${m} × ${n}`));
    for (const event of ["pointerenter", "focus"]) listen(group, event, () => host.point(words));
    for (const event of ["pointerleave", "blur"]) listen(group, event, () => host.point(""));
    return group;
}
