import GatehouseCore
import Testing

@testable import Gates

@Suite("Endpoint files")
struct EndpointFileTests {
    @Test("a file with every key is read as it stands")
    func whole() throws {
        let endpoint = try EndpointFile.parse(
            """
            endpoint: credit
            model: credit-risk
            environment: staging
            upstream: http://scoring:8080/{version}
            versions: {7: http://old:1, 8: native}
            unit: {header: x-customer}
            segment: {member: region}
            no_default: true
            testers: ['sha256:00']
            body_bytes_max: 1000
            deadline: 2s
            connect_deadline: 300ms
            when_champion_is_down: last_known_good
            live_statistics: {every: 5}
            access_log_every: 0
            """, file: "e.yaml")
        #expect((endpoint.name, endpoint.model, endpoint.environment) == ("credit", "credit-risk", "staging"))
        #expect(endpoint.upstream == "http://scoring:8080/{version}")
        #expect(endpoint.versions == ["7": "http://old:1", "8": "native"])
        #expect((endpoint.unit, endpoint.segment) == (.header("x-customer"), .member("region")))
        #expect((endpoint.noDefault, endpoint.bodyBytesMax, endpoint.accessLogEvery) == (true, 1000, 0))
        #expect((endpoint.deadline, endpoint.connectDeadline) == (.seconds(2), .milliseconds(300)))
        #expect((endpoint.whenChampionIsDown, endpoint.liveStatisticsEvery) == ("last_known_good", 5))
        #expect(endpoint.testers == ["sha256:00"])
    }

    @Test("everything that is wrong is said at once, with its place and what was meant")
    func problems() throws {
        let diagnostics = try #require(throws: PolicyDiagnostics.self) {
            try EndpointFile.parse(
                """
                endpont: credit
                model: credit-risk
                unit: {header: a, member: b}
                versions: {v7: http://old:1}
                deadline: 10
                no_default: yes
                """, file: "e.yaml")
        }
        let places = diagnostics.list.map { "\($0.line):\($0.column) \($0.path)" }
        #expect(places == ["1:1 ", "1:1 ", "1:1 ", "3:7 unit", "4:12 versions", "5:11 deadline", "6:13 no_default"])
        #expect(diagnostics.lines.contains("e.yaml:1:1: unknown key 'endpont'. Did you mean 'endpoint'?"))
        #expect(
            diagnostics.lines.contains(
                "e.yaml:1:1: the key 'upstream' is missing. Add, for example, 'upstream: http://scoring:8080/{version}'."))
        #expect(diagnostics.error.message == "The endpoint has 7 problems.")
    }

    @Test("no bytes make it crash", arguments: ["", "- a", "endpoint: [", "a: &a [*a]", String(repeating: "{", count: 10_000)])
    func hostile(_ text: String) {
        #expect(throws: PolicyDiagnostics.self) { try EndpointFile.parse(text, file: "e.yaml") }
    }
}
