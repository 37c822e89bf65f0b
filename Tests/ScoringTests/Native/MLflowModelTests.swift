import Foundation
import GatehouseCore
import Scoring
import Statistics
import Testing

@Suite("MLflow model directories")
struct MLflowModelTests {
    /// As MLflow 3.18 writes it for a booster, cut to what matters.
    static func description(
        flavors: String = "xgboost: {data: model.ubj, model_class: xgboost.core.Booster}", signature: String = namedSignature
    ) -> String {
        """
        artifact_path: mlflow-artifacts:/1/models/m-1/artifacts
        flavors:
          python_function: {data: model.ubj, loader_module: mlflow.xgboost, python_version: 3.11.7}
          \(flavors)
        mlflow_version: 3.18.0
        \(signature)
        utc_time_created: '2026-11-21 07:40:43.361338'
        """
    }

    static let namedSignature = """
        signature:
          inputs: '[{"type": "double", "name": "income", "required": true}, {"type": "double", "name":
            "debt_ratio", "required": false}, {"type": "double", "name": "utilisation", "required":
            true}, {"type": "long", "name": "late_payments", "required": true}]'
          outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1]}}]'
          params: null
        """

    /// A class, so that the directory goes away with the test that made it.
    private final class Directory {
        let path: String

        init(_ description: String?, files: [String: [UInt8]] = [:]) throws {
            let url = FileManager.default.temporaryDirectory.appending(path: "mlflow-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            path = url.path
            if let description { try Data(description.utf8).write(to: url.appending(path: "MLmodel")) }
            for (name, bytes) in files { try Data(bytes).write(to: url.appending(path: name)) }
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func failure<Success>(_ result: Result<Success, GatehouseError>) -> GatehouseError? {
        switch result {
        case .success: nil
        case .failure(let error): error
        }
    }

    @Test("model, signature and the files beside it are found")
    func soundDirectory() async throws {
        let directory = try Directory(
            Self.description(),
            files: ["model.ubj": try ModelFixture.bytes("xgboost_binary.ubj"), "model_card.md": Array("# Card".utf8)])
        let artifact = try ModelArtifact.open(path: directory.path)
        #expect(artifact.files == ["MLmodel", "model.ubj", "model_card.md"])
        let card = try artifact.path(of: "model_card.md")
        #expect(try String(contentsOfFile: card, encoding: .utf8) == "# Card")
        let signature = try artifact.signature.get()
        #expect(signature.inputs.map(\.name) == ["income", "debt_ratio", "utilisation", "late_payments"])
        #expect(signature.inputs.map(\.type) == [.double, .double, .double, .long])
        #expect(signature.inputs.map(\.isRequired) == [true, false, true, true])
        #expect(signature.outputs == [])
        let fixture = try ModelFixture("xgboost_binary")
        let scores = try await NativeRunner(try artifact.model.get(), raw: true).predict(fixture.table) { _ in }
        #expect(rowsOf(scores.values, outputs: 1) == fixture.raw)
    }

    @Test("a model without names takes them from the signature")
    func namesFromSignature() throws {
        let directory = try Directory(
            Self.description(flavors: "lightgbm: {data: model.lgb}"),
            files: ["model.lgb": try ModelFixture.bytes("lightgbm_without_names.txt")])
        let model = try ModelArtifact.open(path: directory.path).model.get()
        #expect(model.featureNames == ["income", "debt_ratio", "utilisation", "late_payments"])
    }

    @Test("a single model file is an artifact without a signature")
    func singleFile() throws {
        let artifact = try ModelArtifact.open(path: ModelFixture.path("lightgbm_binary.txt"))
        #expect(try artifact.model.get().format == .lightGBMText)
        #expect(failure(artifact.signature)?.code == .notFound)
        #expect(artifact.files == [])
    }

    @Test("a flavor without a native reader is named, with the other ways to run it")
    func otherFlavor() throws {
        let directory = try Directory(Self.description(flavors: "sklearn: {pickled_model: model.skops}"))
        let artifact = try ModelArtifact.open(path: directory.path)
        let error = try #require(failure(artifact.model))
        #expect(error.code == .notImplemented)
        #expect(error.message.contains("'sklearn'"))
        #expect(error.hint?.contains("endpoint") == true && error.hint?.contains("predictions") == true)
        #expect(try artifact.signature.get().inputs.count == 4)
    }

    @Test("a Python object behind a native flavor is refused, not loaded")
    func pythonObject() throws {
        let directory = try Directory(
            Self.description(flavors: "lightgbm: {data: model.skops}"), files: ["model.skops": Array("PK\u{3}\u{4}".utf8)])
        let error = try #require(failure(try ModelArtifact.open(path: directory.path).model))
        #expect(error.message.contains("Python object"))
    }

    @Test("a file of the other library is refused")
    func wrongLibrary() throws {
        let directory = try Directory(
            Self.description(), files: ["model.ubj": try ModelFixture.bytes("lightgbm_binary.txt")])
        let error = try #require(failure(try ModelArtifact.open(path: directory.path).model))
        #expect(error.message.contains("a file that lightgbm saved"))
    }

    @Test(
        "paths that leave the directory are refused",
        arguments: [
            "../model.ubj", "/etc/passwd", "a/../../model.ubj", "./model.ubj", "a//model.ubj", "",
        ])
    func escapingPath(data: String) throws {
        let directory = try Directory(Self.description(flavors: "xgboost: {data: '\(data)'}"))
        let error = try #require(failure(try ModelArtifact.open(path: directory.path).model))
        #expect(error.code == .invalidArgument)
        #expect(error.message.contains("does not stay inside"))
    }

    @Test("a link out of the directory is refused; links are not listed as files")
    func escapingLink() throws {
        let directory = try Directory(Self.description())
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/model.ubj", withDestinationPath: ModelFixture.path("xgboost_binary.ubj"))
        let artifact = try ModelArtifact.open(path: directory.path)
        #expect(try #require(failure(artifact.model)).message.contains("link that leads out"))
        #expect(artifact.files == ["MLmodel"])
        #expect(throws: GatehouseError.self) { _ = try artifact.path(of: "model.ubj") }
    }

    @Test("an MLmodel that is a link out of the directory is not read")
    func escapingDescription() throws {
        let directory = try Directory(nil)
        try FileManager.default.createSymbolicLink(atPath: directory.path + "/MLmodel", withDestinationPath: "/etc/hostname")
        let error = try #require(throws: GatehouseError.self) { _ = try ModelArtifact.open(path: directory.path) }
        #expect(error.code == .notFound)
    }

    @Test("a folder without MLmodel is read when one file in it can be the model")
    func plainFolder() throws {
        let bytes = try ModelFixture.bytes("lightgbm_binary.txt")
        let card = Array("# Card".utf8)
        let folder = try Directory(nil, files: ["model.txt": bytes, "model_card.md": card])
        let artifact = try ModelArtifact.open(path: folder.path)
        #expect(try artifact.model.get().format == .lightGBMText)
        #expect(failure(artifact.signature)?.code == .notFound)
        #expect(try artifact.text(of: "model_card.md") == "# Card")
        #expect(try artifact.text(of: "feature_stats.json") == nil)
        let ambiguous = try Directory(nil, files: ["model.txt": bytes, "other.txt": bytes])
        let error = try #require(throws: GatehouseError.self) { _ = try ModelArtifact.open(path: ambiguous.path) }
        #expect(error.code == .notFound)
        #expect(error.message.contains("2 files that could be the model"))
    }

    static let withoutSignature: [(signature: String, code: ErrorCode, says: String)] = [
        ("signature: null", .notFound, "no signature"),
        ("run_id: '1'", .notFound, "no signature"),
        ("signature: {inputs: null, outputs: null}", .notFound, "no signature"),
        (
            #"signature: {inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 4]}}]'}"#,
            .invalidArgument, "tensor"
        ),
        (#"signature: {inputs: '[{"type": "double"}]'}"#, .invalidArgument, "has no name"),
        (#"signature: {inputs: '[{"type": "array", "name": "a"}]'}"#, .invalidArgument, "unknown type 'array'"),
        ("signature: {inputs: '[{'}", .invalidArgument, "JSON"),
        ("signature: {inputs: [a, b]}", .invalidArgument, "not JSON text"),
    ]

    @Test("a signature without named columns is no signature, and says why", arguments: withoutSignature)
    func noSignature(signature: String, code: ErrorCode, says: String) throws {
        let directory = try Directory(Self.description(signature: signature))
        let error = try #require(failure(try ModelArtifact.open(path: directory.path).signature))
        #expect(error.code == code)
        #expect(error.message.contains(says), "\(error.message)")
    }

    static let bomb: String = {
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        for level in 1...20 {
            lines.append("a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", "))]")
        }
        return lines.joined(separator: "\n") + "\n? *a20\n: x\n"
    }()

    static let damaged: [(yaml: [UInt8], code: ErrorCode)] = [
        ([], .invalidArgument), (Array("just text".utf8), .invalidArgument), (Array("flavors: {}".utf8), .invalidArgument),
        (Array("flavors: [a".utf8), .invalidArgument), ([0x66, 0xFF, 0x3A], .invalidArgument),
        (Array("a: 1\na: 2\n".utf8), .invalidArgument), (Array("--- {a: 1}\n--- {a: 1}\n".utf8), .invalidArgument),
        (Array(("a: " + String(repeating: "[", count: 200_000)).utf8), .invalidArgument),
        (Array(String(repeating: "- ", count: 200_000).utf8), .invalidArgument),
        (Array(bomb.utf8), .tooLarge),
        (Array(repeating: UInt8(ascii: " "), count: MLflowModel.descriptionBytesMax + 1), .tooLarge),
    ]

    @Test("a damaged or hostile MLmodel is an error", .timeLimit(.minutes(1)), arguments: damaged)
    func damagedDescription(yaml: [UInt8], code: ErrorCode) throws {
        let directory = try Directory(nil, files: ["MLmodel": yaml])
        let error = try #require(throws: GatehouseError.self) { _ = try ModelArtifact.open(path: directory.path) }
        #expect(error.code == code, "\(error.message)")
    }

    @Test("a directory without MLmodel and a path without anything are not found")
    func nothingThere() throws {
        let directory = try Directory(nil)
        for path in [directory.path, directory.path + "/absent", "nul\u{0}"] {
            let error = try #require(throws: GatehouseError.self) { _ = try ModelArtifact.open(path: path) }
            #expect(error.code == .notFound)
        }
    }
}
