import GatehouseCore
import Scoring
import Statistics
import Testing

@Suite("Feature statistics")
struct FeatureStatisticsTests {
    @Test("deciles are numpy's, with equal ones once")
    func deciles() {
        // Reference: numpy.unique(numpy.quantile(x, numpy.linspace(0, 1, 11))).
        for (numbers, reference) in [
            ([5, 1, 4, 2, 3], [1, 1.4, 1.8, 2.2, 2.6, 3, 3.4, 3.8, 4.2, 4.6, 5]),
            ([1, 1, 1, 1, 1, 2, 2, 3, 3, 4, .nan], [1, 1.5, 2, 2.3, 3, 3.1, 4]),
            ([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.7, 0.9], [0.1, 0.34, 0.74, 0.9]),
        ] as [([Double], [Double])] {
            let edges = Deciles.edges(of: numbers)
            #expect(edges.count == reference.count)
            #expect(zip(edges, reference).allSatisfy { abs($0 - $1) < 1e-12 })
        }
    }

    @Test("one value gets a bucket of its own, however large, and no value an empty bucket")
    func degenerate() {
        #expect(Deciles.edges(of: [3, 3, .nan]) == [2.5, 3, 3.0.nextUp, 3.5])
        #expect(Deciles.edges(of: [.nan]) == [0, 1])
        for value in [1e300, -Double.greatestFiniteMagnitude, .greatestFiniteMagnitude, 0] {
            let edges = Deciles.edges(of: [value, value])
            #expect(edges.count >= 2 && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 } && edges.allSatisfy(\.isFinite))
            #expect(BucketCounts.count([value], in: edges).counts.reduce(0, +) == 1)
        }
    }

    @Test("a column of two values, or of almost one, is cut so that drift can be seen")
    func massPoints() {
        #expect(Deciles.edges(of: (0..<100).map { $0 < 55 ? 0 : 1 }) == [0, 0.5, 1])
        let zeros = [Double](repeating: 0, count: 95)
        #expect(Deciles.edges(of: zeros + [2, 4, 6, 8, 10]) == [0, 1, 10])
        #expect(Deciles.edges(of: zeros + [-8, -6, -4, -2]) == [-8, -1, 0])
        #expect(Deciles.edges(of: zeros + [Double.leastNonzeroMagnitude]).count == 3)
    }

    @Test("the greatest finite numbers do not overflow")
    func extremes() {
        let edges = Deciles.edges(of: [-Double.greatestFiniteMagnitude, 0, 1, .greatestFiniteMagnitude])
        #expect(edges.allSatisfy { $0.isFinite })
        #expect(zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test("a bucket holds its lower edge, the last one both, and the end buckets what lies outside", arguments: [1, 20])
    func buckets(refinement: Int) {
        // The finer edges take the search by halves, the coarse ones the comparisons in a row.
        let edges = (0...(2 * refinement)).map { Double($0) / Double(refinement) }
        let (counts, missing) = BucketCounts.count([-5, 0, 0.99, 1, 2, 7, .nan], in: edges)
        #expect(counts.prefix(refinement).reduce(0, +) == 3)
        #expect(counts.suffix(refinement).reduce(0, +) == 3)
        #expect(counts.first == (refinement == 1 ? 3 : 2))
        #expect(counts.last == (refinement == 1 ? 3 : 2))
        #expect(missing == 1)
    }

    @Test("a profile holds every row of every column")
    func profile() throws {
        let statistics = FeatureStatistics(profiling: try csv("n,t\n1,a\n2,b\n,a\n4,\n"))
        #expect(statistics.rows == 4)
        #expect(statistics.features.map(\.name) == ["n", "t"])
        #expect(statistics.features.map { $0.count + $0.missing } == [4, 4])
        #expect(statistics.features[1] == FeatureProfile(name: "t", buckets: .categorical(["a": 2, "b": 1]), missing: 1))
        #expect(statistics.textColumns == ["t"])
    }

    @Test("beyond a hundred categories the rare ones are pooled, and so are those of the current data")
    func pooling() throws {
        let rows = (0..<150).map { "c\($0),1\n" + ($0 < 99 ? "c\($0),1\n" : "") }.joined()
        let statistics = FeatureStatistics(profiling: try csv("t,n\n" + rows))
        guard case .categorical(let counts) = statistics.features[0].buckets else {
            Issue.record("not categorical")
            return
        }
        #expect(counts.count == 101)
        // Of 51 categories that occur once, the first by name is kept: c100.
        #expect(counts["c100"] == 1 && counts["c99"] == nil && counts["(other)"] == 50)
        let current = try statistics.counting(csv("t,n\nc0,1\nc99,1\nnew,1\n")).current
        guard case .categorical(let now) = current.features[0].buckets else {
            Issue.record("not categorical")
            return
        }
        #expect(now["c0"] == 1 && now["c1"] == 0 && now["(other)"] == 2 && now["new"] == nil)
    }

    @Test("current values are counted in the reference's buckets, and absent features are named")
    func counting() throws {
        let reference = FeatureStatistics(
            rows: 4,
            features: [
                FeatureProfile(name: "n", buckets: .numeric(edges: [0, 1, 2], counts: [2, 2]), missing: 0),
                FeatureProfile(name: "t", buckets: .categorical(["a": 3, "gone": 1]), missing: 0),
                FeatureProfile(name: "absent", buckets: .categorical(["a": 4]), missing: 0),
            ])
        let (current, absent) = try reference.counting(csv("n,t,extra\n-7,a,1\n9,new,1\n,,1\n"))
        #expect(current.rows == 3)
        #expect(
            current.features[0] == FeatureProfile(name: "n", buckets: .numeric(edges: [0, 1, 2], counts: [1, 1]), missing: 1))
        #expect(
            current.features[1] == FeatureProfile(name: "t", buckets: .categorical(["a": 1, "gone": 0, "new": 1]), missing: 1))
        #expect(absent == ["absent"])
    }

    @Test("a feature that is numeric on one side and text on the other is an error with a way out")
    func kinds() throws {
        let numeric = FeatureStatistics(profiling: try csv("a,b\n1,1\n"))
        let text = FeatureStatistics(profiling: try csv("a,b\nx,1\n"))
        #expect(throws: GatehouseError.self) { try numeric.counting(csv("a,b\nx,1\n")) }
        do {
            _ = try text.counting(csv("a,b\n1,1\n"))
            Issue.record("counted numbers as text")
        } catch {
            #expect(error.hint?.contains("Declare 'a' as a text column") == true)
        }
        #expect(try text.counting(csv("a,b\n1,1\n", DatasetOptions(textColumns: text.textColumns))).absent.isEmpty)
    }

    @Test("the JSON form is read back the same")
    func roundTrip() throws {
        let statistics = FeatureStatistics(profiling: try csv("n,t\n1.5,a\n2,\"b\"\"\"\n,a\n4e300,\n"))
        let text = statistics.json.canonicalText
        #expect(try FeatureStatistics(json: JSONParser.parse(text)) == statistics)
        #expect(text.contains("\"format\":\"gatehouse.feature_stats/1\""))
    }

    @Test(
        "wrong feature statistics are refused with the reason",
        arguments: [
            (#"{"rows":1,"features":[]}"#, "'format' is not"),
            (document(rows: "-1"), "'rows' is not a whole number"),
            (document(rows: "1e300"), "'rows' is not a whole number"),
            (document(features: "7"), "'features' is not a list"),
            (document(features: #"[{"type":"numeric"}]"#), "feature 1 has no 'name'"),
            (document(features: #"[{"name":"a","type":"date"}]"#), "the 'type' of the feature 'a' is neither"),
            (numeric(edges: "[1]", counts: "[]"), "the 'edges' of the feature 'a' are not a list"),
            (numeric(edges: "[1,1]", counts: "[2]"), "are not finite numbers that increase"),
            (numeric(edges: "[1,\"2\"]", counts: "[2]"), "are not finite numbers that increase"),
            (numeric(edges: "[1,null,2]", counts: "[1,1]"), "are not finite numbers that increase"),
            (numeric(edges: "[1,2]", counts: "[1,1]"), "the 'counts' of the feature 'a' are not a list of 1 numbers"),
            (numeric(edges: "[1,2]", counts: "[-2]"), "a count of the feature 'a' is not a whole number"),
            (numeric(edges: "[1,2]", counts: "[1.5]"), "a count of the feature 'a' is not a whole number"),
            (
                numeric(edges: "[1,2,3]", counts: "[9223372036854775807,9223372036854775807]"),
                "is not a whole number from 0 to 1000000000000"
            ),
            (numeric(edges: "[1,2]", counts: "[7]"), "make 7 rows, not 2"),
            (document(features: #"[{"name":"a","type":"categorical","counts":[1],"missing":0}]"#), "are not an object"),
            (document(features: #"[{"name":"a","type":"categorical","counts":{"x":2}}]"#), "'missing' of the feature 'a'"),
            (
                document(
                    features:
                        #"[{"name":"a","type":"categorical","counts":{},"missing":2},{"name":"a","type":"categorical","counts":{},"missing":2}]"#
                ),
                "the feature 'a' stands twice"
            ),
        ])
    func refused(text: String, reason: String) throws {
        let json = try JSONParser.parse(text)
        do {
            _ = try FeatureStatistics(json: json)
            Issue.record("read it")
        } catch {
            #expect(error.message.contains(reason))
            #expect(error.code == .invalidArgument)
        }
    }

    private static func document(rows: String = "2", features: String = "[]") -> String {
        #"{"format":"gatehouse.feature_stats/1","rows":\#(rows),"features":\#(features)}"#
    }

    private static func numeric(edges: String, counts: String) -> String {
        document(features: #"[{"name":"a","type":"numeric","edges":\#(edges),"counts":\#(counts),"missing":0}]"#)
    }

    @Test("a signature tells whole numbers, other numbers and text apart, and what may be missing")
    func signature() throws {
        let table = try csv("whole,flag,real,text,gaps,empty\n1,true,0.5,a,1,\n-2,false,2,b,,\n")
        #expect(
            ModelSignature(inputsOf: table).inputs == [
                FieldSchema(name: "whole", type: .long), FieldSchema(name: "flag", type: .long),
                FieldSchema(name: "real", type: .double), FieldSchema(name: "text", type: .string),
                FieldSchema(name: "gaps", type: .long, isRequired: false),
                FieldSchema(name: "empty", type: .double, isRequired: false),
            ])
    }
}
