/* The frame of a section: heading, rows of the notes, words, "Try", a question whose answer opens. */
import { freshId, h, put, setText } from "../kit/dom.js";

export function sectionFrame({ section, short }, number, makeHost) {
    const heading = h("h2", { id: freshId("heading"), tabindex: "-1" });
    const rows = h("p", { class: "section-rows" });
    const words = h("div", { class: "section-words" });
    const body = h("div", { class: "section-body" });
    const refused = h("p", { class: "section-refused", hidden: true });
    const attempt = h("p", {});
    const question = h("p", {});
    const answer = h("p", { class: "section-answer" });
    const foot = h("div", { class: "section-foot", hidden: true },
        h("div", { class: "section-try" }, h("h3", {}, "Try"), attempt),
        h("div", { class: "section-question" }, h("h3", {}, "Question"), question,
            h("details", {}, h("summary", {}, "Show the answer"), answer)));
    const el = h("section", { class: "lesson-section waiting", "data-section": section.name, "aria-labelledby": heading.id },
        h("header", {}, heading, rows), words, refused, body, foot);
    put(heading, h("span", { class: "section-number" }, String(number)), h("span", {}, short));
    let built = null;
    let said = "";

    const update = (scene, common) => {
        el.classList.remove("waiting");
        const wanted = JSON.stringify([scene.title, scene.rows, scene.words]);
        if (wanted !== said) {
            setText(heading.lastChild, scene.title);
            setText(rows, rowsText(scene.rows));
            put(words, h("p", {}, scene.words.join(" ")));
        }
        said = wanted;
        setText(attempt, scene.try ?? "");
        setText(question, scene.question ?? "");
        setText(answer, scene.answer ?? "");
        setText(refused, scene.refused ?? "");
        refused.hidden = !scene.refused;
        foot.hidden = !scene.question;
        built ??= section.build(makeHost(body));
        /* A section may keep its controls, so that a setting that is refused can be left. */
        body.classList.toggle("off", Boolean(scene.refused) && !built.refused);
        if (scene.refused) built.refused?.(scene, common);
        else built.update(scene, common);
    };
    return { el, name: section.name, short, heading, update, waiting: () => el.classList.contains("waiting") };
}

/* Rows that follow each other are put together: N1–N3, N13. */
export function rowsText(rows) {
    const numbers = rows.map((row) => Number(row.slice(1)));
    const runs = [];
    for (const n of numbers) {
        const last = runs.at(-1);
        if (last && n === last[1] + 1) last[1] = n;
        else runs.push([n, n]);
    }
    const parts = runs.map(([a, b]) => (a === b ? `N${a}` : b === a + 1 ? `N${a}, N${b}` : `N${a}–N${b}`));
    return parts.length === 0 ? "" : `${numbers.length === 1 ? "Row" : "Rows"} ${parts.join(", ")} of the notes`;
}
