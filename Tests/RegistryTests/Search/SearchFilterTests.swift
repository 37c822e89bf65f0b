import GatehouseCore
import Registry
import Testing

/// What MLflow 3.17.2's own parsers make of these texts, asked of them one by one.
@Suite("Search filters")
struct SearchFilterTests {
    private static func parsed(_ text: String, _ entity: SearchEntity = .runs) throws -> [SearchComparison] {
        try SearchFilter.parse(text, for: entity).comparisons
    }

    private static let accepted: [(String, [SearchComparison])] = [
        ("", []),
        ("metrics.auc > 0.8", [.init(.metric("auc"), .greater, .number(0.8))]),
        (
            "metric.a >= 1 and metrics.b <= -1e-5",
            [.init(.metric("a"), .atLeast, .integer(1)), .init(.metric("b"), .atMost, .number(-1e-5))]
        ),
        ("metrics.a = 1.", [.init(.metric("a"), .equal, .number(1))]),
        ("metrics.a = .5", [.init(.metric("a"), .equal, .number(0.5))]),
        ("metrics.a=1 AND", [.init(.metric("a"), .equal, .integer(1))]),
        (
            "AND metrics.a > 1 AND AND metrics.b<2",
            [.init(.metric("a"), .greater, .integer(1)), .init(.metric("b"), .less, .integer(2))]
        ),
        ("metrics.a > 1 metrics.b < 2", [.init(.metric("a"), .greater, .integer(1)), .init(.metric("b"), .less, .integer(2))]),
        ("metrics.`a b` != 2", [.init(.metric("a b"), .notEqual, .integer(2))]),
        ("params.a.b = '1'", [.init(.param("a.b"), .equal, .text("1"))]),
        ("params.1a = '1'", [.init(.param("1a"), .equal, .text("1"))]),
        ("`params`.`x` = 'x'", [.init(.param("x"), .equal, .text("x"))]),
        ("param.\"a b\" = \"x\"", [.init(.param("a b"), .equal, .text("x"))]),
        ("parameters.'a b' = 'x'", [.init(.param("a b"), .equal, .text("x"))]),
        ("params.ä = ''", [.init(.param("ä"), .equal, .text(""))]),
        ("tags.a = 'it''s'", [.init(.tag("a"), .equal, .text("it''s"))]),
        ("tags.a = 'it\\'s'", [.init(.tag("a"), .equal, .text("it\\'s"))]),
        ("tags.a = \"it's\"", [.init(.tag("a"), .equal, .text("it's"))]),
        ("tags.mlflow.user ilike \"A%\"", [.init(.tag("mlflow.user"), .likeAnyCase, .text("A%"))]),
        ("tag.a is null AND tags.b IS  NOT\tNULL", [.init(.tag("a"), .isAbsent), .init(.tag("b"), .isPresent)]),
        ("attr.run_id IN ('a', \"b\")", [.init(.attribute("run_id"), .oneOf, .texts(["a", "b"]))]),
        ("run_id not in ('a',)", [.init(.attribute("run_id"), .noneOf, .texts(["a"]))]),
        ("run_id IN ('a' 'b')", [.init(.attribute("run_id"), .oneOf, .texts(["ab"]))]),
        ("`Run Name` LIKE 'x%'", [.init(.attribute("run_name"), .like, .text("x%"))]),
        ("run.status != 'FAILED'", [.init(.attribute("status"), .notEqual, .text("FAILED"))]),
        ("Created > 1.5", [.init(.attribute("start_time"), .greater, .number(1.5))]),
        ("datasets.name IN ('a')", [.init(.dataset("name"), .oneOf, .texts(["a"]))]),
        ("dataset.context = 'train'", [.init(.dataset("context"), .equal, .text("train"))]),
    ]

    @Test("of runs are read", arguments: accepted.indices)
    func runs(_ index: Int) throws {
        let (text, wanted) = Self.accepted[index]
        #expect(try Self.parsed(text) == wanted, "\(text)")
    }

    @Test("of the other entities are read")
    func others() throws {
        #expect(
            try Self.parsed("experiment_id NOT IN ('1', '22') AND creation_time >= 5", .experiments)
                == [
                    .init(.attribute("experiment_id"), .noneOf, .integers([1, 22])),
                    .init(.attribute("creation_time"), .atLeast, .integer(5)),
                ])
        #expect(try Self.parsed("experiment_id = '0'", .experiments) == [.init(.attribute("experiment_id"), .equal, .integer(0))])
        #expect(
            try Self.parsed("version_number = '2' AND version_number < 5 AND source_path LIKE 's3://%'", .modelVersions)
                == [
                    .init(.attribute("version_number"), .equal, .integer(2)),
                    .init(.attribute("version_number"), .less, .integer(5)),
                    .init(.attribute("source_path"), .like, .text("s3://%")),
                ])
        #expect(
            try Self.parsed("tag.`mlflow.prompt.is_prompt` != 'true' AND name IN ('a')", .registeredModels)
                == [
                    .init(.tag("mlflow.prompt.is_prompt"), .notEqual, .text("true")),
                    .init(.attribute("name"), .oneOf, .texts(["a"])),
                ])
        #expect(
            try Self.parsed("name = model AND params.lr = 0.01 AND creation_time > 5", .loggedModels)
                == [
                    .init(.attribute("name"), .equal, .text("model")), .init(.param("lr"), .equal, .text("0.01")),
                    .init(.attribute("creation_timestamp"), .greater, .integer(5)),
                ])
    }

    private static let refused: [(String, SearchEntity, String)] = [
        ("   ", .runs, "Could not be parsed."),
        ("metrics.a > 1 or metrics.b < 2", .runs, "Invalid clause(s) in filter string: 'or'"),
        ("name = 'a' OR name = 'b'", .registeredModels, "Invalid clause(s) in filter string: OR"),
        ("params.a = 'x' AND NOT params.b = 'y'", .runs, "Invalid clause(s) in filter string: 'NOT'"),
        ("(metrics.a > 1)", .runs, "Invalid clause(s) in filter string"),
        ("metrics.a >", .runs, "Invalid clause(s) in filter string: 'metrics.a', '>'"),
        ("metrics.a", .runs, "Invalid clause(s) in filter string: 'metrics.a'"),
        ("metrics.a > 1;", .runs, "Invalid clause(s) in filter string: ';'"),
        ("metrics.a > 1; metrics.b < 2", .runs, "Search filter contained multiple expression"),
        ("1 < metrics.a", .runs, "Expected 'Identifier' found '1'"),
        ("params.a-b = '1'", .runs, "Invalid clause(s) in filter string"),
        ("tags.a = 'x", .runs, "Invalid clause(s) in filter string"),
        ("tags.a = foo", .runs, "Use either single or double quotes."),
        ("tags.a = `x`", .runs, "Use either single or double quotes."),
        ("tags.a = 5", .runs, "Expected a quoted string value for tag (e.g. 'my-value'). Got value 5"),
        ("metrics.a > 'x'", .runs, "Expected numeric value type for metric. Found 'x'"),
        ("metrics.a = NaN", .runs, "Expected numeric value type for metric. Found NaN"),
        ("metrics.a>1and metrics.b>2", .runs, "Expected numeric value type for metric. Found 1and"),
        ("metrics.a == 5", .runs, "Invalid comparator '==' not one of"),
        ("params.a NOT LIKE 'x'", .runs, "Invalid comparator 'NOT LIKE' not one of"),
        ("params.a in ('x')", .runs, "Expected a quoted string value for parameter"),
        ("metrics.a is null", .runs, "IS NULL / IS NOT NULL is only supported for tags and params"),
        (
            "Metrics.a > 1", .runs,
            "Invalid entity type 'Metrics'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']"
        ),
        ("foo = 'a'", .runs, "Invalid attribute key 'foo' specified."),
        ("dataset.foo = 'x'", .runs, "Invalid dataset key 'foo' specified."),
        ("status in ('a')", .runs, "Only ['run_id'] attributes support comparison with a list"),
        ("run_id IN ()", .runs, "but got empty list"),
        ("run_id IN (1,2)", .runs, "expected string value"),
        ("run_id IN ('a'", .runs, "ill-formed list"),
        ("run_id IN ('a',,'b')", .runs, "ill-formed list"),
        ("run_id IN 'a'", .runs, "ill-formed list"),
        ("run_id = ('a')", .runs, "not behind '='"),
        ("name = 5", .registeredModels, "Expected a quoted string value for attributes"),
        ("name > 'a'", .registeredModels, "Invalid comparator '>' not one of"),
        ("tags.a IS NULL", .modelVersions, "IS NULL / IS NOT NULL is only supported"),
        (
            "attributes.name = 'x'", .registeredModels,
            "Invalid entity type 'attributes'. Valid entity types are ('attribute', 'tag', 'tags')"
        ),
        (
            "current_stage = 'Production'", .modelVersions,
            "Invalid attribute key 'current_stage' specified. Valid keys are '{'name', 'run_id', 'source_path', 'version_number'}'"
        ),
        ("version_number = 1.5", .modelVersions, "Invalid value for numeric attribute 'version_number': '1.5'"),
        ("version_number > 'abc'", .modelVersions, "Invalid value for numeric attribute 'version_number': 'abc'"),
        ("version_number = 99999999999999999999", .modelVersions, "Invalid value for numeric attribute"),
        ("creation_time > '5'", .experiments, "Expected numeric value type for numeric attribute: creation_time. Found '5'"),
        ("creation_time > 1.5", .experiments, "Invalid value for numeric attribute 'creation_time': '1.5'"),
        ("experiment_id = 'x'", .experiments, "Invalid experiment ID 'x'"),
        ("experiment_id LIKE '1'", .experiments, "Invalid comparator 'LIKE'"),
        (
            "param.a = 'x'", .loggedModels,
            "Invalid entity type: 'param'. Expected one of ['attributes', 'metrics', 'params', 'tags']."
        ),
        ("name like 'x' or name = 'y'", .loggedModels, "Expected a list of comparisons separated by 'AND'"),
    ]

    @Test("that say something else are refused in MLflow's words", arguments: refused.indices)
    func refusals(_ index: Int) throws {
        let (text, entity, words) = Self.refused[index]
        let error = #expect(throws: GatehouseError.self, "\(text)") { try Self.parsed(text, entity) }
        #expect(error?.code == .invalidArgument, "\(text)")
        #expect(error?.message.contains(words) == true, "\(text): \(error?.message ?? "")")
    }

    @Test("are bounded in bytes, comparisons, values and patterns")
    func bounds() throws {
        let texts = [
            "name = '" + String(repeating: "x", count: 10_000_000) + "'",
            Array(repeating: "name = 'x'", count: 101).joined(separator: " AND "),
            "name IN (" + Array(repeating: "'x'", count: 1001).joined(separator: ",") + ")",
            "name LIKE '" + String(repeating: "%", count: 10_001) + "'",
        ]
        for text in texts {
            let error = #expect(throws: GatehouseError.self) { try Self.parsed(text, .registeredModels) }
            #expect(error?.code == .invalidArgument)
            #expect((error?.message.utf8.count ?? 0) < 500)
        }
        #expect(
            try Self.parsed(Array(repeating: "name = 'x'", count: 100).joined(separator: " AND "), .registeredModels).count == 100
        )
        let list = "name IN (" + Array(repeating: "'x'", count: 1000).joined(separator: ",") + ")"
        #expect(try Self.parsed(list, .registeredModels).count == 1)
    }

    @Test("that are damaged anywhere are refused or read, never more")
    func damage() {
        let text = Array(
            "metrics.`a b` >= -1.5e3 AND tags.\"x\" IN ('a', \"b\") and run_id NOT IN ('c') AND tags.k IS NOT NULL".utf8)
        for end in text.indices {
            for byte in [UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "("), UInt8(ascii: "."), 0, 0xFF, UInt8(ascii: " ")] {
                var damaged = text
                damaged[end] = byte
                for entity in SearchEntity.allCases { _ = try? Self.parsed(String(decoding: damaged, as: UTF8.self), entity) }
            }
            _ = try? Self.parsed(String(decoding: text[..<end], as: UTF8.self))
        }
    }
}

@Suite("Search orders and page tokens")
struct SearchRequestTests {
    private func order(_ texts: [String], _ entity: SearchEntity) throws -> [SearchOrder] {
        try SearchRequest(entity, orderBy: texts, limit: 1).order
    }

    @Test("every order is completed so that no two rows are equal in it")
    func ties() throws {
        let start = SearchOrder(.attribute("start_time"), ascending: false)
        let run = SearchOrder(.attribute("run_id"), ascending: true)
        #expect(try order([], .runs) == [start, run])
        #expect(try order(["metrics.`a b` desc"], .runs) == [.init(.metric("a b"), ascending: false), start, run])
        #expect(try order(["Created"], .runs) == [.init(.attribute("start_time"), ascending: true), run])
        #expect(
            try order([], .modelVersions).map(\.subject)
                == [.attribute("last_updated_timestamp"), .attribute("name"), .attribute("version_number")])
        #expect(
            try order(["version_number"], .modelVersions)
                == [.init(.attribute("version_number"), ascending: true), .init(.attribute("name"), ascending: true)])
        #expect(
            try order(["timestamp DESC"], .registeredModels)
                == [.init(.attribute("last_updated_timestamp"), ascending: false), .init(.attribute("name"), ascending: true)])
        #expect(try order([], .experiments).last == .init(.attribute("experiment_id"), ascending: true))
        #expect(try order(["name"], .experiments).last == .init(.attribute("experiment_id"), ascending: false))
    }

    @Test(
        "keys that nothing can be sorted by are refused",
        arguments: [
            ("a b c", SearchEntity.runs, "Could not be parsed."), ("", .runs, "Could not be parsed."),
            ("metrics.a, metrics.b", .runs, "Could not be parsed."), ("start_time foo", .runs, "Invalid ordering key"),
            ("datasets.name", .runs, "Invalid order_by entity"), ("`Run Name`", .runs, "Invalid attribute key 'Run Name'"),
            ("metrics.a", .registeredModels, "Valid keys are '{'name', 'timestamp'}'"),
            ("tags.a", .modelVersions, "Invalid order_by entity"), ("run_id", .modelVersions, "Invalid attribute key 'run_id'"),
        ])
    func badOrders(_ text: String, _ entity: SearchEntity, _ words: String) throws {
        let error = #expect(throws: GatehouseError.self) { try order([text], entity) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test("a key given twice is refused, and so are too many")
    func repeated() throws {
        #expect(throws: GatehouseError.self) { try order(["name", "name DESC"], .registeredModels) }
        #expect(throws: GatehouseError.self) { try order((0..<11).map { "metrics.m\($0)" }, .runs) }
    }

    @Test(
        "a token that is none, or another search's, is refused",
        arguments: ["garbage!", "e30=", "eyJvZmZzZXQiOiAtMX0=", "eyJhZnRlciI6W10sIm9mIjoiMCJ9", "W10=", "bm90IGpzb24="])
    func badTokens(_ token: String) throws {
        let error = #expect(throws: GatehouseError.self) {
            try SearchRequest(.runs, pageToken: token, limit: 1)
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasPrefix("Invalid page token") == true)
    }

    @Test("MLflow's own token, a number of rows to skip, is taken")
    func offsetToken() throws {
        _ = try SearchRequest(.runs, pageToken: "eyJvZmZzZXQiOiAyfQ==", limit: 1)
    }

    @Test("a digest without a name is no dataset to sort by")
    func datasets() throws {
        #expect(throws: GatehouseError.self) { try SearchOrder.loggedModels(field: "metrics.a", datasetDigest: "d") }
        #expect(throws: GatehouseError.self) { try SearchOrder.loggedModels(field: "params.a") }
        #expect(throws: GatehouseError.self) { try SearchOrder.loggedModels(field: "nothing") }
        #expect(
            try SearchOrder.loggedModels(field: "metrics.a.b", ascending: false, datasetName: "n")
                == SearchOrder(.metric("a.b"), ascending: false, dataset: SearchDataset(name: "n", digest: nil)))
    }
}
