/* A file for the lesson: by a request of its own where the model has one, else as base64 in a message. */
export function uploader(model, send, fail) {
    return (file) => {
        if (file.size > 20_000_000) fail(`${file.name} has ${Math.round(file.size / 1e6)} MB; accepted are up to 20 MB`);
        else if (model.upload) model.upload(file);
        else readAsBase64(file, (content) => send({ do: "network.upload", name: file.name, content }));
    };
}

function readAsBase64(file, then) {
    const reader = new FileReader();
    reader.addEventListener("load", () => then(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.readAsDataURL(file);
}
