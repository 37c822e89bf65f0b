package import GatehouseCore
import Glibc

/// A model as a registry stores it: an MLflow model directory, or a single model file.
package struct ModelArtifact: Sendable {
    package static let filesMax = 100_000

    /// The model, or why it is not scored natively.
    package let model: Result<NativeModel, GatehouseError>
    /// What the model takes and gives, or why that is not known.
    package let signature: Result<ModelSignature, GatehouseError>
    /// The names of the regular files beside the model, sorted: `feature_stats.json`, `model_card.md`, …
    package let files: [String]
    private let directory: String

    /// Opens a directory with an `MLmodel` file, a directory with one model file, or one model file.
    ///
    /// Fails with `notFound` when there is neither, with `invalidArgument` when `MLmodel` is not what MLflow writes. A
    /// model that cannot be scored natively is not a failure here: `model` then tells why.
    package static func open(path: String) throws(GatehouseError) -> ModelArtifact {
        guard let resolved = resolve(path) else {
            throw GatehouseError(.notFound, "\(path) does not exist.", hint: "Pass an MLflow model directory or a model file.")
        }
        guard isDirectory(resolved) else {
            let directory = resolved.lastIndex(of: "/").map { String(resolved[..<$0]) } ?? "/"
            return ModelArtifact(
                model: Result { () throws(GatehouseError) in try ModelFile.load(path: path) },
                signature: .failure(noSignature), files: [], directory: directory)
        }
        let files = try fileNames(in: resolved)
        guard files.contains(MLflowModel.fileName) else { return try plainFolder(resolved, files) }
        let description = try MLflowModel(directory: resolved)
        let model = Result { () throws(GatehouseError) in
            let loaded = try nativeModel(of: description, in: resolved)
            guard let signature = try? description.signature.get() else { return loaded }
            return loaded.named(by: signature)
        }
        return ModelArtifact(
            model: model, signature: description.signature, files: files, directory: resolved)
    }

    /// Files that describe a model rather than being it.
    private static let companions: Set<String> = ["feature_stats.json", "model_card.md", "dataset_card.md"]

    /// A folder without `MLmodel`: one model file and, beside it, what describes it.
    private static func plainFolder(_ directory: String, _ files: [String]) throws(GatehouseError) -> ModelArtifact {
        let models = files.filter { !companions.contains($0) }
        guard models.count == 1 else {
            throw GatehouseError(
                .notFound, "The folder has no MLmodel file and \(models.count) files that could be the model.",
                hint: "Pass an MLflow model directory, or a folder with one model file.")
        }
        return ModelArtifact(
            model: Result { () throws(GatehouseError) in try ModelFile.load(path: try inside(directory, models[0])) },
            signature: .failure(noSignature), files: files, directory: directory)
    }

    private static let noSignature = GatehouseError(
        .notFound, "A single model file carries no signature.",
        hint: "Log the model with MLflow, or register it with a signature.")

    /// The path of one of `files`. Fails with `notFound` when it is not there, or a link that leads out of the directory.
    package func path(of file: String) throws(GatehouseError) -> String {
        guard files.contains(file) else { throw GatehouseError(.notFound, "The model has no file '\(file)'.") }
        return try Self.inside(directory, file)
    }

    package static let textBytesMax = 8 << 20

    /// The text of one of `files`, or nil when it is not there. Fails with `tooLarge` and, when it is not UTF-8,
    /// `invalidArgument`.
    package func text(of file: String) throws(GatehouseError) -> String? {
        guard files.contains(file) else { return nil }
        guard let stream = fopen(try path(of: file), "rb") else {
            throw GatehouseError(.unavailable, "'\(file)' cannot be opened: \(String(cString: strerror(errno))).")
        }
        defer { fclose(stream) }
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.textBytesMax + 1) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, stream)
        }
        guard bytes.count <= Self.textBytesMax else {
            throw GatehouseError(.tooLarge, "'\(file)' is larger than \(Self.textBytesMax) bytes.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw GatehouseError(.invalidArgument, "'\(file)' is not UTF-8 text.")
        }
        return text
    }

    // MARK: - Flavors

    private static func nativeModel(
        of description: MLflowModel, in directory: String
    ) throws(GatehouseError) -> NativeModel {
        guard let flavor = description.flavors.first(where: { ["lightgbm", "xgboost"].contains($0.name) }) else {
            let names = description.flavors.map { "'\($0.name)'" }.joined(separator: ", ")
            throw GatehouseError(
                .notImplemented,
                names.isEmpty
                    ? "A model with only the flavor 'python_function' is not scored natively."
                    : "No native runner reads the flavor \(names).",
                hint: "Serve the model and choose the endpoint runner, or score a column of predictions (runner: predictions).")
        }
        guard let file = flavor.data else {
            throw GatehouseError(.invalidArgument, "The flavor '\(flavor.name)' in MLmodel names no data file.")
        }
        let model = try ModelFile.load(path: try inside(directory, file))
        guard model.format.library == flavor.name else {
            throw GatehouseError(
                .invalidArgument, "The flavor '\(flavor.name)' points at '\(file)', a file that \(model.format.library) saved.")
        }
        return model
    }

    // MARK: - Paths

    /// The real path of a file in the directory. Fails with `invalidArgument` when the name or a link leads out of it.
    private static func inside(_ directory: String, _ file: String) throws(GatehouseError) -> String {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        guard !file.utf8.contains(0), !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw GatehouseError(
                .invalidArgument, "The path '\(file)' does not stay inside the model directory.",
                hint: "Paths in MLmodel are relative and without '..'.")
        }
        guard let resolved = resolve("\(directory)/\(file)") else {
            throw GatehouseError(.notFound, "The model directory has no file '\(file)'.")
        }
        guard resolved.hasPrefix(directory == "/" ? directory : directory + "/") else {
            throw GatehouseError(
                .invalidArgument, "The file '\(file)' is a link that leads out of the model directory.",
                hint: "Copy the file into the directory.")
        }
        return resolved
    }

    /// The absolute path with all links followed; nil when nothing is there.
    private static func resolve(_ path: String) -> String? {
        guard !path.utf8.contains(0), let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(validatingCString: resolved)
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Regular files directly in the directory; links are not listed. Fails with `tooLarge` or `unavailable`.
    private static func fileNames(in directory: String) throws(GatehouseError) -> [String] {
        guard let stream = opendir(directory) else {
            throw GatehouseError(.unavailable, "\(directory) cannot be listed: \(String(cString: strerror(errno))).")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
            }
            var status = stat()
            guard let name, lstat("\(directory)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            guard names.count < filesMax else {
                throw GatehouseError(.tooLarge, "\(directory) holds more than \(filesMax) files.")
            }
            names.append(name)
        }
        return names.sorted()
    }
}
