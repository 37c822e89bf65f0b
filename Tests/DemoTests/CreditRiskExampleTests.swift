import Demo
import Foundation
import GatehouseCore
import Testing

/// The committed files of `Examples/credit-risk` against the generator they were made from.
@Suite("The credit-risk example")
struct CreditRiskExampleTests {
    private let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Examples/credit-risk").standardizedFileURL

    @Test("the feature pipeline delivers exactly the feature columns of an application")
    func pipeline() throws {
        let fields = try FieldSchema.list(try json("pipeline.json"), in: "pipeline.json")
        let groups: Set<String> = ["age_band", "region", "business_size"]
        #expect(fields.map(\.name) == Applicants.columnNames(.recent).filter { !groups.contains($0) })
        #expect(fields.allSatisfy { $0.isRequired })
    }

    @Test("a version's feature statistics are those of its training rows", arguments: [(1, 10_000), (2, 22_500), (3, 22_500)])
    func featureStats(version: Int, rows: Int) throws {
        let stats = try json("models/v\(version)/feature_stats.json")
        #expect(stats["format"]?.stringValue == "gatehouse.feature_stats/1")
        #expect(stats["rows"]?.integerValue == Int64(rows))
        let sample = try Sample(.training, rows: rows)
        let features = try #require(stats["features"]?.arrayValue)
        #expect(!features.isEmpty)
        for feature in features {
            let name = try #require(feature["name"]?.stringValue)
            let values = try sample.numbers(name)
            let edges = try #require(feature["edges"]?.arrayValue).map { try #require($0.doubleValue) }
            let counts = try #require(feature["counts"]?.arrayValue).map { Int(try #require($0.integerValue)) }
            let missing = Int(try #require(feature["missing"]?.integerValue))
            #expect(missing == values.count { $0 == nil }, "\(name)")
            #expect(edges == Array(Set(edges)).sorted(), "\(name)")
            #expect(counts == bucketCounts(values.compactMap(\.self), edges), "\(name)")
        }
    }

    @Test("no version reads a group, and only version 2 reads the statement lag", arguments: [1, 2, 3])
    func inputs(version: Int) throws {
        let features = try #require(try json("models/v\(version)/feature_stats.json")["features"]?.arrayValue)
        let names = Set(features.compactMap { $0["name"]?.stringValue })
        #expect(names.isDisjoint(with: ["age_band", "region", "business_size", "defaulted"]))
        #expect(names.contains("statement_lag_days") == (version == 2))
    }

    @Test("every version has a card with the sections a reviewer needs, and no placeholder left", arguments: [1, 2, 3])
    func cards(version: Int) throws {
        let card = try String(contentsOf: folder.appending(path: "models/v\(version)/model_card.md"), encoding: .utf8)
        for section in ["Intended use", "Training data", "Evaluation", "Limitations", "Owner"] {
            #expect(card.contains("\n## \(section)\n"), "\(section)")
        }
        #expect(card.contains("\n## Limitations\n- "))
        #expect(!card.contains("$"))
    }

    @Test("a version's files together stay below 200 KB", arguments: [1, 2, 3])
    func sizes(version: Int) throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: "models/v\(version)"), includingPropertiesForKeys: [.fileSizeKey])
        let bytes = try files.map { try #require($0.resourceValues(forKeys: [.fileSizeKey]).fileSize) }.reduce(0, +)
        #expect(files.count == 4)
        #expect((10_000...200_000).contains(bytes))
    }

    private func json(_ path: String) throws -> JSONValue {
        try JSONParser.parse(Array(try Data(contentsOf: folder.appending(path: path))))
    }

    /// Bucket i is [edges[i], edges[i+1]), the last one closed.
    private func bucketCounts(_ values: [Double], _ edges: [Double]) -> [Int] {
        var counts = Array(repeating: 0, count: edges.count - 1)
        for value in values {
            let above = edges.firstIndex { $0 > value } ?? edges.count - 1
            counts[above - 1] += 1
        }
        return counts
    }
}
