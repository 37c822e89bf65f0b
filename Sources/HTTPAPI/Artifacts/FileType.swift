/// What a downloaded file is said to be, by its name: MLflow's list of texts, then common types as Python's `mimetypes` has them.
enum FileType {
    static func named(_ name: String) -> String {
        let suffixes = name.lowercased().split(separator: ".").dropFirst().map(String.init)
        // Compressed files are said to be what they hold, as Python does.
        let isCompressed = suffixes.count > 1 && ["gz", "bz2", "xz"].contains(suffixes.last)
        guard let suffix = isCompressed ? suffixes.dropLast().last : suffixes.last else {
            return texts.contains(name) ? "text/plain" : "application/octet-stream"
        }
        if !isCompressed, texts.contains(suffix) { return "text/plain" }
        return types[suffix] ?? "application/octet-stream"
    }

    private static let texts: Set<String> = [
        "txt", "log", "err", "cfg", "conf", "cnf", "cf", "ini", "properties", "prop", "hocon", "toml", "yaml", "yml", "xml",
        "json",
        "js", "py", "py3", "csv", "tsv", "md", "rst", "ipynb", "MLmodel", "MLproject",
    ]

    private static let types: [String: String] = [
        "html": "text/html", "htm": "text/html", "css": "text/css", "pdf": "application/pdf", "zip": "application/zip",
        "tar": "application/x-tar", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
        "svg": "image/svg+xml", "webp": "image/webp", "bmp": "image/bmp", "tif": "image/tiff", "tiff": "image/tiff",
        "mp3": "audio/mpeg", "wav": "audio/x-wav", "mp4": "video/mp4", "mov": "video/quicktime", "h5": "application/x-hdf5",
    ]
}
