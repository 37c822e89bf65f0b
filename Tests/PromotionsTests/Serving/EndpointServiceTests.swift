import Access
import AuditLog
import GatehouseCore
import Registry
import Serving
import Storage
import Testing

@testable import Promotions

@Suite("Endpoints", .timeLimit(.minutes(2)))
struct EndpointServiceTests {
    @Test(
        "an address under which all versions would be one server, or that is none, is refused",
        arguments: [
            "http://scoring:8080", "ftp://scoring/{version}", "http://", "http://a b/{version}", "http://user:pw@host/{version}",
            "http://host/{version}?x=1", "nativ", "", "http://höst/{version}", "mlflow://scoring/{version}",
            "grpc://scoring:8001/models/{version}",
        ])
    func addresses(_ pattern: String) throws {
        #expect(throws: GatehouseError.self) { try UpstreamPlan(pattern: pattern) }
    }

    @Test("a version runs where the pattern says, unless it has an address of its own")
    func overrides() throws {
        let digest = Digest(bytes: [UInt8](repeating: 1, count: 32))
        let plan = try UpstreamPlan(pattern: "http://h/{version}/{digest}", overrides: ["7": "http://seven:1", "8": "native"])
        let hex = String(repeating: "01", count: 32)
        #expect(plan.upstream(of: try VersionNumber(3), digest: digest) == .url("http://h/3/\(hex)"))
        #expect(plan.upstream(of: try VersionNumber(7), digest: digest) == .url("http://seven:1"))
        #expect(plan.upstream(of: try VersionNumber(8), digest: digest) == .native)
        for (pattern, address) in [
            ("grpc://scoring:8001/credit-{version}", "grpc://scoring:8001/credit-3"),
            ("mlflow+https://s-{version}", "mlflow+https://s-3"), ("grpcs://s{version}/", "grpcs://s3/"),
        ] {
            #expect(try UpstreamPlan(pattern: pattern).upstream(of: VersionNumber(3), digest: digest) == .url(address))
        }
        #expect(throws: GatehouseError.self) { try UpstreamPlan(pattern: "native", overrides: ["07": "native"]) }
    }

    @Test(
        "a name stands in a path as it is",
        arguments: ["", "Credit", "a/b", "a b", "..", "-a", String(repeating: "a", count: 65)])
    func names(_ name: String) {
        #expect(throws: GatehouseError.self) { try ServingEndpoint.checked(name: name) }
    }

    @Test("rules that no request could meet are refused")
    func rules() async throws {
        try await ServingBench.run { bench in
            #expect(throws: GatehouseError.self) { try bench.endpoint { $0.noDefault = true } }
            #expect(throws: GatehouseError.self) { try bench.endpoint { $0.deadlineMilliseconds = 0 } }
            #expect(throws: GatehouseError.self) {
                try bench.endpoint { ($0.deadlineMilliseconds, $0.connectDeadlineMilliseconds) = (100, 101) }
            }
            #expect(throws: GatehouseError.self) { try bench.endpoint { $0.bodyBytesMax = 1 << 40 } }
            #expect(throws: GatehouseError.self) { try bench.endpoint { $0.unit = .header("X-Customer") } }
            #expect(throws: GatehouseError.self) { try bench.endpoint { $0.unit = .header("a b") } }
            #expect(throws: GatehouseError.self) { try bench.endpoint { $0.unit = .member("") } }
        }
    }

    @Test("a feature that what is served does not take is refused with the one that was meant")
    func features() async throws {
        try await ServingBench.run { bench in
            let good = try await bench.registry.createVersion(
                VersionRequest(
                    model: bench.model, source: "test", manifest: try await bench.shop.upload(LoanModel.good),
                    signature: ModelSignature(inputs: Loan.schema)), by: bench.shop.ada)
            // Nothing is served yet, so nothing is known of its inputs.
            try await bench.apply(bench.endpoint { $0.unit = .member("utilization") })
            try await bench.produce(good.number.value)
            let error = try await expectFailure(.invalidArgument) {
                try await bench.apply(bench.endpoint { $0.unit = .member("utilizatio") })
            }
            #expect(says(error.hint, "utilisation"))
            try await bench.apply(bench.endpoint { $0.unit = .member("utilisation") })
        }
    }

    @Test("a name keeps its model and environment; each change is on record")
    func identity() async throws {
        try await ServingBench.run { bench in
            let first = try await bench.apply(bench.endpoint())
            let entry = try await bench.shop.lastEntry(.endpointApplied)
            #expect(entry.sequence == first.auditSequence)
            #expect(entry.facts["upstream"] == "http://scoring:8080/{version}")
            try await expectFailure(.conflict) { try await bench.apply(bench.endpoint(environment: "staging")) }
            try await expectFailure(.notFound) {
                try await bench.serving.endpoints.apply(
                    ServingEndpoint(
                        name: "x", model: ModelName("nobody"), environment: "production",
                        upstreams: UpstreamPlan(pattern: "native"), rules: EndpointRules()), by: bench.shop.caller)
            }
            let error = try await expectFailure(.notFound) {
                try await bench.serving.endpoints.remove("credt", by: bench.shop.caller)
            }
            #expect(says(error.message, "Did you mean 'credit'?"))
        }
    }

    @Test("it takes the role for production in all segments of that environment")
    func roles() async throws {
        try await ServingBench.run { bench in
            func apply(_ grant: Grant) async throws {
                let caller = Caller(principal: bench.shop.ada, grants: Grants([grant]))
                _ = try await bench.serving.endpoints.apply(bench.endpoint(), by: caller)
            }
            for grant in [
                Grant(.operator), Grant(.stagingManager), Grant(.gateway), Grant(.productionManager, environment: "staging"),
                Grant(.productionManager, environment: "production", segment: "eu"),
                Grant(.productionManager, segment: "default"), Grant(.productionManager, models: "other"),
            ] {
                try await expectFailure(.forbidden) { try await apply(grant) }
            }
            try await apply(Grant(.productionManager, models: "credit-*", environment: "production"))
        }
    }

    // MARK: - Shadow

    @Test("a shadow run puts the version beside the champion and ends on request, which the operator may ask")
    func shadow() async throws {
        try await ServingBench.run { bench in
            try await bench.apply(bench.endpoint())
            try await bench.produce(1)
            var start = ShadowStart(model: bench.model, version: try bench.number(2), endpoint: "credit")
            start.fraction = 0.25
            let run = try await bench.serving.shadows.start(start, by: bench.shop.caller)
            let shadow = try #require(try await bench.route()?.shadow)
            #expect(shadow.version.version == 2)
            #expect(shadow.buckets == 25_000)
            #expect(shadow.salt == String(repeating: "09", count: 32))
            // One at a time.
            try await expectFailure(.conflict) { try await bench.serving.shadows.start(start, by: bench.shop.caller) }
            let stopped = try await bench.serving.shadows.stop(run.id, reason: "seen enough", by: bench.shop.caller(.operator))
            #expect(stopped.stopped != nil)
            #expect(try await bench.route()?.shadow == nil)
            #expect(try await bench.shop.lastEntry(.shadowStopped).reason == "seen enough")
            #expect(try await bench.serving.shadows.stop(run.id, reason: "", by: bench.shop.caller) == stopped)
        }
    }

    @Test("a shadow of the champion, of nothing and of more than everything is refused")
    func badShadow() async throws {
        try await ServingBench.run { bench in
            try await bench.apply(bench.endpoint())
            try await bench.produce(1)
            var start = ShadowStart(model: bench.model, version: try bench.number(1), endpoint: "credit")
            try await expectFailure(.conflict) { [start] in
                try await bench.serving.shadows.start(start, by: bench.shop.caller)
            }
            start = ShadowStart(model: bench.model, version: try bench.number(2), endpoint: "credit")
            for fraction in [0, -1, 1.01, .nan, .infinity, 0.000_001] {
                start.fraction = fraction
                try await expectFailure(.invalidArgument) { [start] in
                    try await bench.serving.shadows.start(start, by: bench.shop.caller)
                }
            }
            try await expectFailure(.notFound) {
                try await bench.serving.shadows.start(
                    ShadowStart(model: bench.model, version: bench.number(2), endpoint: "none"), by: bench.shop.caller)
            }
            #expect(try await bench.route()?.shadow == nil)
        }
    }
}
