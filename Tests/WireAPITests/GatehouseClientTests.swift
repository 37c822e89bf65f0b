import AsyncHTTPClient
import Foundation
import GatehouseCore
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing
import WireAPI

@Suite("The client")
struct GatehouseClientTests {
    private static let model =
        #"{"name":"m","description":"","created_at":"","created_by":"","version_count":0,"aliases":{}}"#

    private func client(_ address: String, token: String? = nil) throws -> GatehouseClient {
        try GatehouseClient(server: address, token: token, http: .gatehouse)
    }

    @Test(
        "a name becomes one segment of the path, whatever it holds",
        arguments: [
            ("credit-risk", "credit-risk"), ("Credit Risk", "Credit%20Risk"), ("100%", "100%25"), ("%2F", "%252F"),
            ("ü", "%C3%BC"), ("漢😀", "%E6%BC%A2%F0%9F%98%80"), ("a?b#c&d=e+f", "a%3Fb%23c%26d%3De%2Bf"), ("a/b", "a%2Fb"),
            ("holdout@7", "holdout%407"), ("sha256:ab", "sha256%3Aab"), ("..", ".."), ("-._~", "-._~"),
        ])
    func paths(_ name: String, _ segment: String) async throws {
        try await ListeningServer.run({ _ in (.ok, Self.model) }) { server, address in
            let _: ModelAnswer = try await client(address).get(["models", name, "versions"])
            #expect(server.arrived.map(\.uri) == ["/api/gatehouse/v1/models/\(segment)/versions"])
            #expect(server.arrived.first?.method == "GET")
        }
    }

    @Test("a query is escaped, names and values")
    func queries() async throws {
        try await ListeningServer.run({ _ in (.ok, Self.model) }) { server, address in
            let _: ModelAnswer = try await client(address).get(
                ["audit"], query: [("model", "a b&c=d"), ("at", "2026-01-15T09:00Z")])
            #expect(server.arrived.map(\.uri) == ["/api/gatehouse/v1/audit?model=a%20b%26c%3Dd&at=2026-01-15T09%3A00Z"])
        }
    }

    @Test("the token goes along where there is one")
    func tokens() async throws {
        try await ListeningServer.run({ _ in (.ok, Self.model) }) { server, address in
            let _: ModelAnswer = try await client(address + "/", token: "gh_secret").get(["models", "m"])
            let _: ModelAnswer = try await client(address).get(["models", "m"])
            #expect(server.arrived.map { $0.headers["authorization"] } == [["Bearer gh_secret"], []])
        }
    }

    @Test("bodies are sent as JSON")
    func bodies() async throws {
        try await ListeningServer.run({ _ in (.ok, Self.model) }) { server, address in
            let client = try client(address)
            let _: ModelAnswer = try await client.post(["models"], CreateModelCall(name: "m"))
            let _: ModelAnswer = try await client.put(["models"], SetTagCall(value: "v"))
            try await client.put(["evidence"], sending: AttestCall(note: "n"))
            try await client.delete(["models", "m"])
            #expect(server.arrived.map(\.method) == ["POST", "PUT", "PUT", "DELETE"])
            #expect(
                server.arrived.map { String(decoding: $0.body, as: UTF8.self) } == [
                    #"{"description":null,"name":"m"}"#, #"{"value":"v"}"#, #"{"note":"n"}"#, "",
                ])
            #expect(server.arrived.first?.headers["content-type"] == ["application/json"])
        }
    }

    @Test("a refusal arrives as the server raised it")
    func refusals() async throws {
        let raised = GatehouseError(.blockedByPolicy, "No.", hint: "Ask.", details: ["missing: a reason"])
        let body = String(decoding: try WireCoder.encode(ErrorAnswer(raised)), as: UTF8.self)
        try await ListeningServer.run({ _ in (.forbidden, body) }) { _, address in
            let client = try client(address)
            let error = try await #require(throws: GatehouseError.self) {
                let _: ModelAnswer = try await client.get(["models", "m"])
            }
            #expect(error.code == .blockedByPolicy)
            #expect(error.description == raised.description)
        }
    }

    struct Stranger: Sendable {
        let status: HTTPResponseStatus
        let body: String
        let code: ErrorCode
    }

    @Test(
        "an answer that is not Gatehouse's is told apart",
        arguments: [
            Stranger(status: .notFound, body: "<html>", code: .notFound),
            Stranger(status: .badGateway, body: "<html>", code: .unavailable),
            Stranger(status: .internalServerError, body: #"{"code": "unheardOf"}"#, code: .unavailable),
            Stranger(status: .ok, body: "<html>", code: .unavailable), Stranger(status: .ok, body: "{}", code: .unavailable),
            Stranger(status: .ok, body: "", code: .unavailable),
        ])
    func strangers(_ stranger: Stranger) async throws {
        try await ListeningServer.run({ _ in (stranger.status, stranger.body) }) { _, address in
            let client = try client(address)
            let error = try await #require(throws: GatehouseError.self) {
                let _: ModelAnswer = try await client.get(["models", "m"])
            }
            #expect(error.code == stranger.code)
            #expect(error.message.hasPrefix(address))
        }
    }

    @Test(
        "an answer to HEAD is told by its status, as it has no body",
        arguments: [
            (.unauthorized, nil, .unauthenticated, "GATEHOUSE_TOKEN"),
            (.unauthorized, "gh_other", .unauthenticated, "another server"),
            (.forbidden, "gh_reader", .forbidden, "another token"), (.tooManyRequests, nil, .tooManyRequests, "Try again"),
        ] as [(HTTPResponseStatus, String?, ErrorCode, String)])
    func refusedHead(_ status: HTTPResponseStatus, _ token: String?, _ code: ErrorCode, _ hint: String) async throws {
        try await ListeningServer.run({ _ in (status, "") }) { _, address in
            let client = try client(address, token: token)
            let error = try await #require(throws: GatehouseError.self) {
                try await client.hasBlob(Digest(bytes: Array(repeating: 7, count: 32)))
            }
            #expect(error.code == code)
            #expect(error.hint?.contains(hint) == true)
            #expect(!error.message.contains("form that is not"))
        }
    }

    @Test("a server that takes a call and says nothing may have done it, so nobody is told that it is not there")
    func silence() async throws {
        // Accepts connections, reads, and never writes.
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let address = "http://127.0.0.1:\(try #require(channel.localAddress?.port))"
        let client = try GatehouseClient(server: address, token: nil, http: .gatehouse, deadline: .seconds(1))
        let error = try await #require(throws: GatehouseError.self) {
            let _: ModelAnswer = try await client.post(["models"], CreateModelCall(name: "m"))
        }
        try await channel.close().get()
        #expect(error.code == .unavailable)
        #expect(error.message == "\(address) did not answer within 1 s; it may still have done it.")
        #expect(error.hint == "Look whether it did before you repeat it.")
    }

    @Test("a server that is not there is unreachable, with what to do about it")
    func closedPort() async throws {
        // A port that was free a moment ago, and at which nobody listens now.
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let address = "http://127.0.0.1:\(try #require(channel.localAddress?.port))"
        try await channel.close().get()
        let client = try client(address)
        let start = ContinuousClock.now
        let error = try await #require(throws: GatehouseError.self) {
            let _: ModelAnswer = try await client.get(["models", "m"])
        }
        // A refused connection is an answer at once; nobody waits for the deadline of a call.
        #expect(ContinuousClock.now - start < .seconds(GatehouseClient.deadlineSeconds / 2))
        #expect(error.code == .unreachable)
        #expect(error.code.exitCode == .unreachable)
        #expect(error.message == "No Gatehouse server answers at \(address).")
        #expect(error.hint?.contains("gatehouse serve") == true)
        #expect(error.cause != nil)
    }

    @Test(
        "what is no address of a server is refused before anything is sent",
        arguments: ["", "/", "127.0.0.1:5000", "localhost", "ftp://127.0.0.1", "http://", "https:///x", "file:///etc/passwd"])
    func addresses(_ text: String) throws {
        let error = try #require(throws: GatehouseError.self) { try client(text) }
        #expect(error.code == .invalidArgument)
        #expect(error.message == "'\(text)' is not the address of a server.")
    }

    @Test("all pages of a list are fetched, up to the limit")
    func pages() async throws {
        // Seven pages of one item; the token is the number of the next page.
        let answer: ListeningServer.Answer = { request in
            let page = request.uri.split(separator: "page_token=").dropFirst().first.flatMap { Int($0) } ?? 1
            let next = page < 7 ? "\"\(page + 1)\"" : "null"
            return (.ok, #"{"items":[{"path":"p\#(page)","digest":"d","bytes":1}],"next_page_token":\#(next)}"#)
        }
        try await ListeningServer.run(answer) { server, address in
            let all: [ManifestEntry] = try await client(address).all(["files"])
            #expect(all.map(\.path) == (1...7).map { "p\($0)" })
            let some: [ManifestEntry] = try await client(address).all(["files"], itemsMax: 3)
            #expect(some.count == 3)
            #expect(server.arrived.count == 10)
        }
    }
}
