import Foundation

/// Public data with reference values computed by scikit-learn, scipy and fairlearn. It lies beside the repository, or where
/// `GATEHOUSE_SHARED` says; where it is absent the tests that need it are skipped.
enum SharedData {
    static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["GATEHOUSE_SHARED"] { return URL(fileURLWithPath: path) }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("shared")
    }()

    static var isPresent: Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent("data/reference-stats.json").path)
    }

    static func reference() throws -> Reference {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(
            Reference.self, from: Data(contentsOf: folder.appendingPathComponent("data/reference-stats.json")))
    }

    /// A CSV file's columns by name; the shared files have no quoted cells.
    static func columns(_ path: String) throws -> [String: [String]] {
        let text = try String(contentsOf: folder.appendingPathComponent("data/\(path)"), encoding: .utf8)
        let lines = text.split(whereSeparator: \.isNewline).map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        var columns: [String: [String]] = [:]
        for (index, name) in (lines.first ?? []).enumerated() {
            columns[String(name)] = lines.dropFirst().map { String($0[index]) }
        }
        return columns
    }
}

/// The part of `reference-stats.json` that is checked.
struct Reference: Decodable {
    struct DataSet: Decodable {
        let allRows: AllRows
        let driftRows1500Vs5011000: Drift?

        enum CodingKeys: String, CodingKey {
            case allRows
            case driftRows1500Vs5011000 = "driftRows1500Vs5011000"
        }
    }

    struct AllRows: Decodable {
        let candidate: [String: Double]
        let production: [String: Double]
        let delong: DeLong
        let fairnessCandidate: [String: Fairness]
    }

    struct DeLong: Decodable {
        let diff: Double
        let seDiff: Double
        let pTwoSided: Double
        let ciDiff: [Double]
    }

    struct Fairness: Decodable {
        struct Group: Decodable {
            let n: Int
            let auc: Double
            let aucGap: Double
            let selectionRate: Double
            let tpr: Double
            let fpr: Double
        }

        let groups: [String: Group]
        let demographicParityDifference: Double
        let demographicParityRatio: Double
        let equalizedOddsDifference: Double
    }

    struct Drift: Decodable {
        struct Feature: Decodable {
            let edges: [Double]
            let countsRef: [Int]
            let countsProd: [Int]
            let psiEps1E6: Double
            let klRefProd: Double
        }

        let features: [String: Feature]
    }

    struct Latency: Decodable {
        let values: [Double]
        let exclusive: [String: Double]
    }

    let germanCredit: DataSet
    let compasTwoYears: DataSet
    let latency: Latency
}
