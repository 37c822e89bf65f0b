import GatehouseCore
import Gates
import Scoring

/// Something that reads files of strangers.
enum FuzzReader: String, CaseIterable {
    case lightGBM = "lightgbm"
    case xgboostJSON = "xgboost-json"
    case xgboostUBJSON = "xgboost-ubjson"
    case csv
    case jsonLines = "jsonl"
    case policy
    /// The description in an MLflow model's folder.
    case mlmodel
    case featureStatistics = "feature-stats"
    /// Crashes, hangs and breaks rules on purpose, so that a campaign that reports nothing can be told from a blind one.
    case planted

    enum Outcome: Equatable {
        case read
        case refused(ErrorCode)
    }

    static let real = allCases.filter { $0 != .planted }
    static let listing = real.map(\.rawValue).joined(separator: ", ")

    var isText: Bool { self != .xgboostUBJSON }

    /// Reads the input, and uses what was read. `choice` picks among a reader's options.
    ///
    /// Fails with `BrokenRule` when the answer is neither a result nor a refusal as it should be.
    func read(_ input: [UInt8], choice: UInt64) async throws -> Outcome {
        do {
            switch self {
            case .lightGBM, .xgboostJSON, .xgboostUBJSON: try await ModelReading.read(input)
            case .csv: try TableReading.read(input, .csv, choice: choice)
            case .jsonLines: try TableReading.read(input, .jsonLines, choice: choice)
            case .policy: try PolicyReading.read(input)
            case .mlmodel: _ = try MLflowModel(yaml: input, named: "MLmodel")
            case .featureStatistics:
                let statistics = try FeatureStatistics(json: JSONParser.parse(input))
                guard try FeatureStatistics(json: statistics.json) == statistics else {
                    throw BrokenRule("what is written is not what was read")
                }
            case .planted: try Planted.read(choice)
            }
        } catch let error as GatehouseError {
            try BrokenRule.check(refusal: error)
            return .refused(error.code)
        }
        return .read
    }
}

/// What must not happen short of a crash.
struct BrokenRule: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// A refusal blames the input, or names an option that is not scored, and says something.
    static func check(refusal: GatehouseError) throws(BrokenRule) {
        guard (400..<500).contains(refusal.code.httpStatus) || refusal.code == .notImplemented else {
            throw BrokenRule("refused with \(refusal.code.rawValue): \(refusal.message)")
        }
        guard !refusal.message.isEmpty else { throw BrokenRule("refused without a message") }
    }
}

enum PolicyReading {
    static func read(_ input: [UInt8]) throws {
        let text = String(decoding: input, as: UTF8.self)
        do {
            // Its one canonical text is what is hashed and stored.
            _ = try PolicyParser.parse(text).json.canonicalText
        } catch let diagnostics {
            guard let first = diagnostics.list.first else { throw BrokenRule("refused without a finding") }
            guard diagnostics.list.allSatisfy({ $0.line >= 1 && $0.column >= 1 && !$0.message.isEmpty }) else {
                throw BrokenRule("a finding has no place or no message: \(first)")
            }
            throw diagnostics.error
        }
    }
}

private enum Planted {
    static func read(_ choice: UInt64) throws {
        switch choice {
        case 3: precondition(choice != 3, "a crash, as planted")
        case 5: while true { _ = ProcessClock.cpuSeconds() }
        case 7: throw BrokenRule("planted")
        case 8: throw GatehouseError(.internalFailure, "planted")
        case 9: throw GatehouseError(.invalidArgument, "planted")
        default: break
        }
    }
}
