package import GatehouseCore

/// A model as a registry stores it: an MLflow model directory, or a single model file.
package struct ModelArtifact: Sendable {
    /// The model, or why it is not scored natively.
    package let model: Result<NativeModel, GatehouseError>
    /// What the model takes and gives, or why that is not known.
    package let signature: Result<ModelSignature, GatehouseError>
    /// The names of the regular files in the model directory, sorted: `feature_stats.json`, `model_card.md`, …
    package let files: [String]
    private let directory: ModelDirectory?

    /// Opens a directory with an `MLmodel` file, a directory with one model file, or one model file.
    ///
    /// Fails with `notFound` when there is neither, with `invalidArgument` when `MLmodel` is not what MLflow writes. A
    /// model that cannot be scored natively is not a failure here: `model` then tells why.
    package static func open(path: String) throws(GatehouseError) -> ModelArtifact {
        guard let directory = try ModelDirectory(path: path) else { return singleFile(path) }
        let files = try directory.fileNames()
        guard files.contains(MLflowModel.fileName) else { return try plainFolder(directory, files) }
        let description = try MLflowModel(in: directory)
        let model = Result { () throws(GatehouseError) in
            let loaded = try nativeModel(of: description, in: directory)
            guard let signature = try? description.signature.get() else { return loaded }
            return loaded.named(by: signature)
        }
        return ModelArtifact(
            model: model, signature: description.signature, files: files, directory: directory)
    }

    /// The path of one of `files`. Fails with `notFound` when it is not there.
    package func path(of file: String) throws(GatehouseError) -> String {
        guard let directory, files.contains(file) else {
            throw GatehouseError(.notFound, "The model has no file '\(file)'.")
        }
        return try directory.path(of: file)
    }

    package static let textBytesMax = 8 << 20

    /// The text of one of `files`, or nil when it is not there. Fails with `tooLarge` and, when it is not UTF-8,
    /// `invalidArgument`.
    package func text(of file: String) throws(GatehouseError) -> String? {
        guard files.contains(file) else { return nil }
        let bytes = try ModelFile.bytes(path: try path(of: file), bytesMax: Self.textBytesMax)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw GatehouseError(.invalidArgument, "'\(file)' is not UTF-8 text.")
        }
        return text
    }

    /// Files that describe a model rather than being it.
    private static let companions: Set<String> = ["feature_stats.json", "model_card.md", "README.md", "dataset_card.md"]

    /// A folder without `MLmodel`: one model file and, beside it, what describes it.
    private static func plainFolder(_ directory: ModelDirectory, _ files: [String]) throws(GatehouseError) -> ModelArtifact {
        let models = files.filter { !companions.contains($0) }
        guard models.count == 1 else {
            throw GatehouseError(
                .notFound, "The folder has no MLmodel file and \(models.count) files that could be the model.",
                hint: "Pass an MLflow model directory, or a folder with one model file.")
        }
        return ModelArtifact(
            model: Result { () throws(GatehouseError) in try ModelFile.load(path: try directory.path(of: models[0])) },
            signature: .failure(noSignature), files: files, directory: directory)
    }

    private static let noSignature = GatehouseError(
        .notFound, "A single model file carries no signature.",
        hint: "Log the model with MLflow, or register it with a signature.")

    private static func singleFile(_ path: String) -> ModelArtifact {
        ModelArtifact(
            model: Result { () throws(GatehouseError) in try ModelFile.load(path: path) },
            signature: .failure(noSignature), files: [], directory: nil)
    }

    private static func nativeModel(
        of description: MLflowModel, in directory: ModelDirectory
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
        let model = try ModelFile.load(path: try directory.path(of: file))
        guard model.format.library == flavor.name else {
            throw GatehouseError(
                .invalidArgument, "The flavor '\(flavor.name)' points at '\(file)', a file that \(model.format.library) saved.")
        }
        return model
    }
}
