import GatehouseCore
import Registry
import Storage
import Testing

/// Four runs: `a` and `b` with a metric, `c` where it is NaN, `d` without it.
@Suite("Searches of runs and logged models")
struct RunSearchTests {
    private static func withRuns(_ body: (RegistryFixture) async throws -> Void) async throws {
        try await RegistryFixture.run { fixture in
            try await fixture.store.write { tx in
                for (id, start, end) in [("a", 10, Int64?.some(40)), ("b", 20, nil), ("c", 20, 30), ("d", 5, nil)]
                    as [(String, Int, Int64?)]
                {
                    try tx.execute(
                        """
                        INSERT INTO run (id, experiment, name, user_id, status, start_time, end_time, artifact_uri, lifecycle)
                        VALUES (\(id), 0, \("run \(id)"), 'ada', 'FINISHED', \(start), \(end), 'mlflow-artifacts:/0', 'active')
                        """)
                }
                for (run, value, isNaN) in [("a", 0.5, 0), ("b", -1.0, 0), ("c", 0.0, 1)] {
                    try tx.execute(
                        "INSERT INTO latest_metric (run, key, logged_at, step, value, is_nan) VALUES (\(run), 'm', 1, 0, \(value), \(isNaN))"
                    )
                }
                for (run, key, value) in [("a", "p", "1"), ("b", "p", "10"), ("d", "p", "9"), ("a", "a b", "x")] {
                    try tx.execute("INSERT INTO run_param (run, key, value) VALUES (\(run), \(key), \(value))")
                }
                for (run, value) in [("a", "Red"), ("c", "red")] {
                    try tx.execute("INSERT INTO run_tag (run, key, value) VALUES (\(run), 'colour', \(value))")
                }
                try tx.execute(
                    """
                    INSERT INTO run_dataset (experiment, name, digest, source_type, source)
                    VALUES (0, 'train.csv', 'd1', 'code', '{}')
                    """)
                try tx.execute("INSERT INTO run_input (run, experiment, name, digest) VALUES ('b', 0, 'train.csv', 'd1')")
                try tx.execute(
                    """
                    INSERT INTO run_input_tag (run, name, digest, key, value)
                    VALUES ('b', 'train.csv', 'd1', 'mlflow.data.context', 'training')
                    """)
            }
            try await body(fixture)
        }
    }

    private static let active: SQLStatement = "r.experiment = 0 AND r.lifecycle = 'active'"

    private static func found(
        _ fixture: RegistryFixture, _ filter: String, _ orderBy: [String] = ["run_id"], pageToken: String? = nil, limit: Int = 100
    ) async throws -> SearchPage<String> {
        let request = try SearchRequest(.runs, filter: filter, orderBy: orderBy, pageToken: pageToken, limit: limit, scope: ["0"])
        return try await fixture.store.read { tx in try tx.search(request, in: .runs(scope: active)) { try $0.text("id") } }
    }

    @Test(
        "find what the conditions say; NaN differs from every number, and is neither more nor less",
        arguments: [
            ("", "abcd"), ("metrics.m > -5", "ab"), ("metrics.m = 0", ""), ("metrics.m <= 0", "b"), ("metrics.m != 0.5", "bc"),
            ("metrics.m != 0", "abc"), ("metrics.nothing != 0", ""), ("params.p = '1'", "a"), ("params.p != '1'", "bd"),
            ("params.p LIKE '1%'", "ab"), ("params.`a b` = 'x'", "a"), ("params.p IS NULL", "c"), ("params.p IS NOT NULL", "abd"),
            ("tags.colour = 'red'", "c"), ("tags.colour ILIKE 'RED'", "ac"), ("tags.colour IS NULL AND metrics.m < 0", "b"),
            ("start_time >= 10 AND start_time < 20.5", "abc"), ("end_time > 0", "ac"), ("end_time != 40", "c"),
            ("run_id IN ('a', 'd', 'x')", "ad"), ("run_id NOT IN ('a', 'd')", "bc"), ("run_name = 'run b'", "b"),
            ("datasets.name = 'train.csv'", "b"), ("datasets.name IN ('x')", ""), ("dataset.digest LIKE 'd%'", "b"),
            ("dataset.context = 'training'", "b"), ("datasets.context != 'training'", ""),
            ("status = 'FINISHED' AND user_id = 'ada'", "abcd"),
        ])
    func filters(_ filter: String, _ runs: String) async throws {
        try await Self.withRuns { fixture in
            let page = try await Self.found(fixture, filter)
            #expect(page.found.joined() == runs)
        }
    }

    private static let orders: [([String], String)] = [
        ([], "bcad"), (["start_time ASC"], "dabc"), (["metrics.m"], "bacd"), (["metrics.m DESC"], "abcd"),
        (["params.p"], "abdc"), (["params.p DESC", "run_id"], "dbac"), (["end_time"], "cabd"),
        (["end_time DESC", "run_id DESC"], "acdb"),
        (["tags.colour DESC"], "cabd"), (["metrics.nothing"], "bcad"), (["attributes.run_name DESC"], "dcba"),
    ]

    @Test(
        "put what is absent last in both directions, NaN just before it, on pages of every size", arguments: orders.indices,
        [1, 2, 3, 4, 5])
    func order(_ index: Int, _ size: Int) async throws {
        try await Self.withRuns { fixture in
            let (order, wanted) = Self.orders[index]
            var (runs, token): ([String], String?) = ([], nil)
            repeat {
                let page = try await Self.found(fixture, "", order, pageToken: token, limit: size)
                #expect(page.found.count <= size)
                runs += page.found
                token = page.nextPageToken
            } while token != nil && runs.count <= 4
            #expect(runs.joined() == wanted, "\(order)")
        }
    }

    @Test("a page of runs in the default order comes from an index")
    func plan() async throws {
        try await Self.withRuns { fixture in
            let request = try SearchRequest(.runs, filter: "metrics.m > 0", limit: 10)
            let plan = try await fixture.store.read { tx in
                let recorder = Recorder(tx)
                _ = try SQLTransaction(recorder).search(request, in: .runs(scope: Self.active)) { try $0.text("id") }
                return try recorder.statements.first.map { try tx.plan(of: $0) } ?? ""
            }
            #expect(plan.contains("run_by_start"), "\(plan)")
            #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
        }
    }

    @Test("of a logged model's metric the newest value sorts, any value is found, and a dataset narrows both")
    func loggedModels() async throws {
        try await Self.withRuns { fixture in
            try await fixture.store.write { tx in
                for id in ["m-1", "m-2", "m-3"] {
                    try tx.execute(
                        """
                        INSERT INTO logged_model (id, experiment, name, model_type, source_run, artifact_uri, status, lifecycle,
                            created_at, updated_at)
                        VALUES (\(id), 0, 'model', '', 'a', 'mlflow-artifacts:/0', 'LOGGED_MODEL_READY', 'active', 1, 1)
                        """)
                }
                let metrics = [("m-1", 1, 0.9, "train"), ("m-1", 2, 0.1, "test"), ("m-2", 1, 0.5, "test")]
                for (model, time, value, dataset) in metrics {
                    try tx.execute(
                        """
                        INSERT INTO logged_model_metric (model, key, logged_at, step, run, value, is_nan, dataset_name,
                            dataset_digest)
                        VALUES (\(model), 'm', \(time), 0, 'a', \(value), 0, \(dataset), 'd')
                        """)
                }
            }
            func ids(_ filter: String, _ order: [SearchOrder] = [], _ datasets: [SearchDataset] = []) async throws -> [String] {
                let request = try SearchRequest(
                    .loggedModels, filter: filter, order: order, datasets: datasets, pageToken: nil, limit: 10)
                return try await fixture.store.read { tx in
                    try tx.search(request, in: .loggedModels(scope: "l.experiment = 0")) { try $0.text("id") }.found
                }
            }
            #expect(try await ids("name = 'model'") == ["m-1", "m-2", "m-3"])
            #expect(try await ids("metrics.m > 0.4") == ["m-1", "m-2"])
            #expect(try await ids("metrics.m > 0.4", [], [SearchDataset(name: "test", digest: nil)]) == ["m-2"])
            #expect(try await ids("", [], [SearchDataset(name: "train", digest: "d")]) == ["m-1"])
            #expect(try await ids("", [.loggedModels(field: "metrics.m", ascending: false)]) == ["m-2", "m-1", "m-3"])
            #expect(
                try await ids("", [.loggedModels(field: "metrics.m", ascending: false, datasetName: "train")])
                    == ["m-1", "m-2", "m-3"])
        }
    }
}
