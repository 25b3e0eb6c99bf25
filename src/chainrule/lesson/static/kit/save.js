/* Files for the person at the page.
 *
 *   download("lesson.html", text, "text/html")
 *   saveFigure(element, "output", "title")      what is in the element as one SVG file
 *
 * A figure may hold SVG, canvases, tables and MathML. Each is drawn where it stands on the screen: SVG as it is with
 * its colours written in, a canvas as a picture, every piece of text as text, backgrounds and borders as rectangles.
 */
import { setAttributes, svg } from "./dom.js";

const KEPT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin",
    "opacity", "font-family", "font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline"];

export function download(name, content, type) {
    const address = URL.createObjectURL(new Blob([content], { type }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
}

export function saveFigure(element, name, title) {
    const text = new XMLSerializer().serializeToString(figureAsSvg(element, title));
    download(`${name}.svg`, `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`, "image/svg+xml");
}

export function figureAsSvg(element, title) {
    const frame = element.getBoundingClientRect();
    const [width, height] = [Math.ceil(frame.width), Math.ceil(frame.height)];
    const paper = getComputedStyle(element.closest(".chainrule-lesson") ?? document.body).backgroundColor;
    const whole = emptyDrawing();
    setAttributes(whole, { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
    whole.append(svg("title", {}, title), svg("rect", { width, height, fill: paper }));
    addPieces(whole, element, frame);
    return whole;
}

/* In a document of its own: pictures in it are not loaded, which the page's content policy would refuse. */
function emptyDrawing() {
    return document.implementation.createDocument("http://www.w3.org/2000/svg", "svg").documentElement;
}

function picture(whole, canvas, place) {
    const image = whole.ownerDocument.createElementNS(whole.namespaceURI, "image");
    return setAttributes(image, { ...place, href: canvas.toDataURL(), preserveAspectRatio: "none" });
}

function addPieces(whole, element, frame) {
    for (const node of element.childNodes) {
        if (node.nodeType === Node.TEXT_NODE) addText(whole, node, frame);
        else if (node.nodeType === Node.ELEMENT_NODE && isSeen(node)) addElement(whole, node, frame);
    }
}

function isSeen(node) {
    const style = getComputedStyle(node);
    return style.display !== "none" && style.visibility !== "hidden" && style.opacity !== "0" && !node.classList.contains("for-readers");
}

function addElement(whole, node, frame) {
    const box = node.getBoundingClientRect();
    const place = { x: box.x - frame.x, y: box.y - frame.y, width: box.width, height: box.height };
    if (node.localName === "canvas") whole.append(picture(whole, node, place));
    else if (node.localName === "svg") whole.append(copyOfSvg(node, place));
    else {
        addBox(whole, node, place);
        addPieces(whole, node, frame);
    }
}

function copyOfSvg(node, place) {
    const copy = node.cloneNode(true);
    const [from, to] = [[node, ...node.querySelectorAll("*")], [copy, ...copy.querySelectorAll("*")]];
    from.forEach((original, i) => {
        const style = getComputedStyle(original);
        for (const name of KEPT) to[i].setAttribute(name, style.getPropertyValue(name));
        if (style.display === "none" || style.visibility === "hidden") to[i].setAttribute("display", "none");
        if (original.classList.contains("screen-only")) to[i].setAttribute("data-screen-only", "");
        to[i].removeAttribute("class");
    });
    for (const only of copy.querySelectorAll("[data-screen-only]")) only.remove();
    for (const [name, value] of Object.entries(place)) copy.setAttribute(name, String(value));
    return copy;
}

function addBox(whole, node, place) {
    const style = getComputedStyle(node);
    const filled = !/, 0\)|\/ 0\)|transparent/.test(style.backgroundColor);
    if (filled) whole.append(svg("rect", { ...place, fill: style.backgroundColor }));
    for (const [side, x, y, width, height] of [["left", 0, 0, 1, place.height], ["right", place.width - 1, 0, 1, place.height],
        ["top", 0, 0, place.width, 1], ["bottom", 0, place.height - 1, place.width, 1]]) {
        if (parseFloat(style.getPropertyValue(`border-${side}-width`)) > 0 && style.getPropertyValue(`border-${side}-style`) !== "none")
            whole.append(svg("rect", { x: place.x + x, y: place.y + y, width, height, fill: style.getPropertyValue(`border-${side}-color`) }));
    }
}

function addText(whole, node, frame) {
    if (node.data.trim() === "") return;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()];
    if (boxes.length === 0) return;
    const style = getComputedStyle(node.parentElement);
    const size = parseFloat(style.fontSize);
    const pieces = boxes.length === 1 ? [node.data.trim()] : linesOf(node, boxes.length);
    pieces.forEach((text, i) => {
        const box = boxes[i];
        whole.append(svg("text", {
            x: box.x - frame.x, y: box.y - frame.y + box.height / 2 + 0.35 * size, fill: style.color, "font-family": style.fontFamily,
            "font-size": style.fontSize, "font-weight": style.fontWeight, "font-style": style.fontStyle, "xml:space": "preserve",
        }, text));
    });
}

/* Text that was broken into lines, cut where the lines break. */
function linesOf(node, most) {
    const lines = [];
    const range = document.createRange();
    let top = null;
    for (let i = 0; i < node.data.length; i += 1) {
        range.setStart(node, i);
        range.setEnd(node, i + 1);
        const box = range.getClientRects()[0];
        if (box && (top === null || Math.abs(box.top - top) > 2) && lines.length < most) {
            lines.push("");
            top = box.top;
        }
        if (lines.length > 0) lines[lines.length - 1] += node.data[i];
    }
    return lines.map((line) => line.trim());
}
