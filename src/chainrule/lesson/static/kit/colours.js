/* The colours of lesson.css as numbers, for canvases and lines; read again when light turns to dark.
 *
 *   useColoursOf(root)        by the shell; returns a function that ends it
 *   colour("positive")        [r, g, b]       also negative, paper, ink, faint, class-0 … class-5
 *   signed(t)                 t in −1 … 1 → [r, g, b]: negative, paper, positive
 *   cssOf([r, g, b])          "rgb(…)"
 *   whenColoursChange(f)      f is called after a change, as long as somebody holds f
 */
const known = new Map();
const listeners = new Set();
const probes = [];
let mostLiving = 100;

export function useColoursOf(root) {
    const probe = document.createElement("span");
    probe.hidden = true;
    root.append(probe);
    probes.push(probe);
    known.clear();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", forgetColours);
    return () => {
        dark.removeEventListener("change", forgetColours);
        probes.splice(probes.indexOf(probe), 1);
        if (probes.length === 0) listeners.clear();
    };
}

export function forgetColours() {
    known.clear();
    for (const listener of living()) listener();
}

/* Held weakly: a picture that is no longer on the page is not kept for its colours. */
export function whenColoursChange(listener) {
    listeners.add(new WeakRef(listener));
    if (listeners.size > 2 * mostLiving) mostLiving = Math.max(100, living().length);
}

function living() {
    const found = [];
    for (const reference of listeners) {
        const listener = reference.deref();
        if (listener) found.push(listener);
        else listeners.delete(reference);
    }
    return found;
}

export function colour(name) {
    if (!known.has(name)) known.set(name, readColour(name));
    return known.get(name);
}

export function signed(t) {
    const end = colour(t < 0 ? "negative" : "positive");
    return mixed(colour("plain"), end, Math.min(1, Math.abs(t)));
}

export function mixed(a, b, t) {
    return [0, 1, 2].map((i) => Math.round(a[i] + (b[i] - a[i]) * t));
}

export function cssOf([r, g, b]) {
    return `rgb(${r} ${g} ${b})`;
}

function readColour(name) {
    const probe = probes.findLast((one) => one.isConnected);
    if (probe === undefined) return [128, 128, 128];
    probe.style.setProperty("color", `var(--${name})`);
    const numbers = getComputedStyle(probe).color.match(/[\d.]+/g) ?? ["128", "128", "128"];
    return numbers.slice(0, 3).map(Number);
}
