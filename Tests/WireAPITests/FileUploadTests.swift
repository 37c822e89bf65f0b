import AsyncHTTPClient
import Foundation
import GatehouseCore
import NIOHTTP1
import Testing
import WireAPI

@Suite("Uploads")
struct FileUploadTests {
    // SHA-256 of "abc" and of nothing: FIPS 180-4's examples.
    private static let abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    private static let nothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// Answers an upload with its digest; holds what `held` names.
    private static func store(holding held: Set<String> = []) -> ListeningServer.Answer {
        { request in
            let digest = request.uri.split(separator: "/").last?.removingPercentEncoding ?? ""
            if request.method == "HEAD" { return (held.contains(digest) ? .ok : .notFound, "") }
            return (.created, #"{"digest":"\#(digest)","bytes":\#(request.body.count)}"#)
        }
    }

    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gatehouse-upload-\(UUID())")
        try FileManager.default.createDirectory(at: folder.appending(path: "data"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private func client(_ address: String) throws -> GatehouseClient {
        try GatehouseClient(server: address, token: nil, http: .gatehouse)
    }

    @Test("a folder is uploaded file by file under the digests of the bytes")
    func folder() async throws {
        try await withFolder { folder in
            try Data("abc".utf8).write(to: folder.appending(path: "MLmodel"))
            try Data().write(to: folder.appending(path: "data/empty.bin"))
            try await ListeningServer.run(Self.store()) { server, address in
                let entries = try await client(address).upload(model: folder.path)
                #expect(entries.map(\.path) == ["MLmodel", "data/empty.bin"])
                #expect(entries.map(\.digest) == [Self.abc, Self.nothing])
                #expect(entries.map(\.bytes) == [3, 0])
                let puts = server.arrived.filter { $0.method == "PUT" }
                #expect(puts.map { String(decoding: $0.body, as: UTF8.self) } == ["abc", ""])
                #expect(puts.first?.uri == "/api/gatehouse/v1/blobs/" + Self.abc.replacing(":", with: "%3A"))
            }
        }
    }

    @Test("bytes that the server holds are not sent again")
    func held() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "model.txt")
            try Data("abc".utf8).write(to: file)
            try await ListeningServer.run(Self.store(holding: [Self.abc])) { server, address in
                let entries = try await client(address).upload(model: file.path)
                #expect(entries.map(\.path) == ["model.txt"])
                #expect(entries.map(\.digest) == [Self.abc])
                #expect(server.arrived.map(\.method) == ["HEAD"])
            }
        }
    }

    @Test("a file larger than one piece arrives whole")
    func pieces() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "large.bin")
            let bytes = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try Data(bytes).write(to: file)
            try await ListeningServer.run(Self.store()) { server, address in
                let blob = try await client(address).upload(file: file.path)
                #expect(blob.bytes == 2_500_000)
                #expect(server.arrived.last?.body == bytes)
                #expect(server.arrived.last?.headers["content-length"] == ["2500000"])
                #expect(server.arrived.last?.headers["content-type"] == ["application/octet-stream"])
            }
        }
    }

    @Test("links, empty folders and missing files are refused before anything is sent")
    func refused() async throws {
        try await withFolder { folder in
            try await ListeningServer.run(Self.store()) { server, address in
                let client = try client(address)
                let empty = try await #require(throws: GatehouseError.self) { try await client.upload(model: folder.path) }
                #expect(empty.code == .invalidArgument)
                #expect(empty.message.hasSuffix("is empty."))
                let missing = try await #require(throws: GatehouseError.self) {
                    try await client.upload(model: folder.appending(path: "nowhere").path)
                }
                #expect(missing.code == .notFound)
                try FileManager.default.createSymbolicLink(
                    at: folder.appending(path: "link"), withDestinationURL: URL(filePath: "/etc/hostname"))
                let link = try await #require(throws: GatehouseError.self) { try await client.upload(model: folder.path) }
                #expect(link.code == .invalidArgument)
                #expect(link.message.hasSuffix("link' is not a plain file."))
                #expect(server.arrived.isEmpty)
            }
        }
    }

    @Test("what cannot be read is named, not taken for a server that is not there")
    func unreadable() async throws {
        try await withFolder { folder in
            try await ListeningServer.run(Self.store()) { server, address in
                let client = try client(address)
                // A folder opens as a file does, and fails when it is read.
                let data = folder.appending(path: "data").path
                let error = try await #require(throws: GatehouseError.self) { try await client.upload(file: data) }
                #expect(error.code == .unavailable)
                #expect(error.message == "'\(data)' cannot be read.")
                #expect(server.arrived.isEmpty)
            }
        }
    }

    @Test("a file that grows while it is uploaded is named")
    func growing() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "model.txt")
            try Data("abc".utf8).write(to: file)
            // The server is asked for the bytes after the file was hashed and before it is sent.
            let grow: ListeningServer.Answer = { request in
                if request.method == "HEAD" { try? Data("abcdef".utf8).write(to: file) }
                return (request.method == "HEAD" ? .notFound : .created, "")
            }
            try await ListeningServer.run(grow) { _, address in
                let client = try client(address)
                let error = try await #require(throws: GatehouseError.self) { try await client.upload(file: file.path) }
                #expect(error.code == .conflict)
                #expect(error.message == "'\(file.path)' changed while it was uploaded.")
            }
        }
    }

    @Test("a folder within that cannot be listed is an error, not left out")
    func unlistable() async throws {
        try await withFolder { folder in
            try Data("abc".utf8).write(to: folder.appending(path: "MLmodel"))
            // Deeper than a path can name, which no user may list, not even root. Only relative steps get there.
            try Self.shell(
                "cd '\(folder.path)'; name=$(printf '%0250d' 0); for i in $(seq 20); do mkdir $name && cd -P $name; done")
            let cleanUp = { try Self.shell("rm -rf '\(folder.path)'") }
            try await ListeningServer.run(Self.store()) { server, address in
                let client = try client(address)
                let error = try await #require(throws: GatehouseError.self) { try await client.upload(model: folder.path) }
                #expect(error.code == .unavailable)
                #expect(error.message.hasSuffix("cannot be read."))
                #expect(server.arrived.isEmpty)
            }
            try cleanUp()
        }
    }

    private static func shell(_ script: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", script]
        try process.run()
        process.waitUntilExit()
    }
}
