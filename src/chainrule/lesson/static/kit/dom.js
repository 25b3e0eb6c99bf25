/* Elements without HTML text: everything shown goes in as text nodes.
 *
 *   h("p", {class: "note", onclick: f, "aria-label": "…", vars: {"--t": 0.3}}, "text", child, null)
 *   svg("path", {d: "M0 0", class: "edge"})      mathml("mi", {}, "x")
 *   setText(node, text)   setAttributes(node, {…})   put(node, ...children)   listen(node, "click", f)
 *   drawSoon(f)           f once before the next picture, however often it is asked for
 */

const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "selected", "tabIndex", "indeterminate"]);

export function h(tag, props, ...children) {
    return dress(document.createElement(tag), props, children);
}

export function svg(tag, props, ...children) {
    return dress(document.createElementNS(SVG, tag), props, children);
}

export function mathml(tag, props, ...children) {
    return dress(document.createElementNS(MATHML, tag), props, children);
}

/* "on…" listens, "vars" sets custom properties, a few names are properties, all others are attributes. */
export function setAttributes(node, props) {
    for (const [name, value] of Object.entries(props ?? {})) {
        if (name === "style") throw new Error("styles belong into lesson.css; custom properties go into vars");
        if (name === "vars") setVars(node, value);
        else if (name.startsWith("on")) listen(node, name.slice(2), value);
        else if (PROPERTIES.has(name) && name in node) setProperty(node, name, value);
        else setAttribute(node, name, value);
    }
    return node;
}

export function setText(node, text) {
    const wanted = text === null || text === undefined ? "" : String(text);
    const first = node.firstChild;
    if (first === null) node.append(wanted);
    else if (first.nodeType !== Node.TEXT_NODE || first !== node.lastChild) node.textContent = wanted;
    else if (first.data !== wanted) first.data = wanted;
}

export function put(node, ...children) {
    node.replaceChildren(...present(children));
    return node;
}

export function listen(node, event, listener, options) {
    if (listener) node.addEventListener(event, listener, options);
}

const waiting = new Set();

export function drawSoon(draw) {
    if (waiting.size === 0) requestAnimationFrame(drawWaiting);
    waiting.add(draw);
}

/* An id that no other element of the page has, for labels and descriptions. */
let lastId = 0;

export function freshId(stem) {
    lastId += 1;
    return `lesson-${stem}-${lastId}`;
}

export function hasFocus(node) {
    return node.matches(":focus");
}

function drawWaiting() {
    const draws = [...waiting];
    waiting.clear();
    for (const draw of draws) draw();
}

function dress(node, props, children) {
    setAttributes(node, props);
    node.append(...present(children));
    return node;
}

function present(children) {
    return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

function setVars(node, vars) {
    for (const [name, value] of Object.entries(vars)) node.style.setProperty(name, String(value));
}

function setProperty(node, name, value) {
    if (node[name] !== value) node[name] = value;
}

function setAttribute(node, name, value) {
    if (value === null || value === undefined || value === false) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : String(value));
}
