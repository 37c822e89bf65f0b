import ArtifactsLocal
import Foundation
import GatehouseCore
import Glibc
import Registry
import Testing

/// Gives `body` an empty folder and removes it afterwards.
func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}

/// Every file below a folder, as relative paths.
func files(below folder: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return all.filter { path in
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isDirectory) && !isDirectory.boolValue
    }.sorted()
}

/// Changes a stored file as a careless or hostile hand would.
func overwrite(_ path: String, with text: String) throws {
    try #require(chmod(path, 0o644) == 0)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
}

@Suite("The local artifact store")
struct LocalArtifactStoreTests {
    /// FIPS 180-2, appendix B.1: the digest of "abc".
    private static let abcHex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    private struct Broken: Error {}

    private func chunks(_ texts: String...) -> AsyncStream<[UInt8]> {
        AsyncStream { stream in
            for text in texts { stream.yield(Array(text.utf8)) }
            stream.finish()
        }
    }

    @Test("bytes that come in pieces are stored read-only under their digest")
    func put() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: folder)
            let expected = try Digest(parsing: Self.abcHex)
            let blob = try await store.put(chunks("a", "", "bc"), expecting: expected, bytesMax: 3)
            #expect(blob == Blob(digest: expected, bytes: 3))
            #expect(files(below: folder) == ["blobs/sha256/ba/\(Self.abcHex)"])
            let path = try await store.verifiedPath(of: expected)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "abc")
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o444)
            #expect(try await store.blob(expected) == blob)
        }
    }

    @Test("no bytes at all are a blob too")
    func empty() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: folder)
            let blob = try await store.put([])
            // FIPS 180-2: the digest of the empty message.
            #expect(blob.digest.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
            #expect(try await store.verifiedPath(of: blob.digest).hasSuffix(blob.digest.hex))
        }
    }

    @Test("a file larger than the read buffer is copied whole")
    func largeFile() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: "\(folder)/store")
            let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/model.bin"))
            let blob = try await store.put(fileAt: "\(folder)/model.bin", expecting: nil, bytesMax: 3_000_001)
            #expect(blob == Blob(digest: .sha256(of: bytes), bytes: 3_000_001))
            #expect(try Data(contentsOf: URL(fileURLWithPath: try await store.path(of: blob.digest))) == Data(bytes))
        }
    }

    @Test("the same bytes again, also at once, are one blob")
    func twice() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: folder)
            let blobs = try await withThrowingTaskGroup(of: Blob.self) { group in
                for _ in 0..<16 { group.addTask { try await store.put(Array("abc".utf8)) } }
                return try await group.reduce(into: Set<Blob>()) { $0.insert($1) }
            }
            #expect(blobs.count == 1)
            #expect(files(below: folder) == ["blobs/sha256/ba/\(Self.abcHex)"])
        }
    }

    @Test("other bytes than announced are refused and leave nothing")
    func wrongDigest() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: folder)
            let expected = try Digest(parsing: Self.abcHex)
            let error = await #expect(throws: GatehouseError.self) {
                try await store.put(chunks("abd"), expecting: expected, bytesMax: 100)
            }
            #expect(error?.code == .integrity)
            #expect(try await store.blob(expected) == nil)
            #expect(files(below: folder) == [])
        }
    }

    @Test("more bytes than allowed are refused while they come and leave nothing")
    func tooLarge() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: folder)
            let error = await #expect(throws: GatehouseError.self) {
                try await store.put(chunks("abc", "d"), expecting: nil, bytesMax: 3)
            }
            #expect(error?.code == .tooLarge)
            #expect(files(below: folder) == [])
        }
    }

    @Test("a stream that breaks off leaves nothing and its error comes out")
    func brokenStream() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: folder)
            let stream = AsyncThrowingStream<[UInt8], any Error> { stream in
                stream.yield([1, 2, 3])
                stream.finish(throwing: Broken())
            }
            await #expect(throws: Broken.self) { try await store.put(stream, expecting: nil, bytesMax: 100) }
            #expect(files(below: folder) == [])
        }
    }

    @Test("a file that is not there, or is none, is refused")
    func unreadable() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: "\(folder)/store")
            try #require(mkfifo("\(folder)/pipe", 0o600) == 0)
            for (path, code): (String, ErrorCode) in [
                ("\(folder)/absent", .notFound), (folder, .invalidArgument), ("\(folder)/pipe", .invalidArgument),
            ] {
                let error = await #expect(throws: GatehouseError.self) {
                    try await store.put(fileAt: path, expecting: nil, bytesMax: 100)
                }
                #expect(error?.code == code, "\(path)")
            }
        }
    }

    @Test("a blob that changed on disk is found out by name, and storing the bytes again mends it")
    func changedOnDisk() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: folder)
            let blob = try await store.put(Array("abc".utf8))
            try overwrite(try await store.path(of: blob.digest), with: "abd")
            let error = await #expect(throws: GatehouseError.self) { try await store.verifiedPath(of: blob.digest) }
            #expect(error?.code == .integrity)
            #expect(error?.message.contains(Self.abcHex) == true)
            _ = try await store.put(Array("abc".utf8))
            #expect(try await store.verifiedPath(of: blob.digest).hasSuffix(Self.abcHex))
        }
    }

    @Test("a blob that is not stored is not found, and removing it does nothing")
    func missing() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: folder)
            let digest = try Digest(parsing: Self.abcHex)
            for read in [store.path(of:), store.verifiedPath(of:)] as [(Digest) async throws -> String] {
                let error = await #expect(throws: GatehouseError.self) { try await read(digest) }
                #expect(error?.code == .notFound)
            }
            #expect(try await !store.remove(digest, storedBefore: Timestamp(milliseconds: .max)))
            _ = try await store.put(Array("abc".utf8))
            #expect(try await store.remove(digest, storedBefore: Timestamp(milliseconds: .max)))
            #expect(try await store.blob(digest) == nil)
        }
    }

    @Test("blobs are listed in pages, in order, and strangers' files are passed over")
    func listing() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: folder)
            var stored: [Digest] = []
            for number in 0..<20 { stored.append(try await store.put([UInt8(number)]).digest) }
            try Data().write(to: URL(fileURLWithPath: "\(folder)/blobs/sha256/readme"))
            var listed: [Digest] = []
            while true {
                let page = try await store.digests(after: listed.last, limit: 7)
                listed += page
                if page.isEmpty { break }
            }
            #expect(listed.map(\.hex) == stored.map(\.hex).sorted())
        }
    }

    @Test("opening removes what a killed process left and nothing that is being written")
    func leftovers() async throws {
        try await withFolder { folder in
            let first = try LocalArtifactStore(directory: folder)
            try Data("half".utf8).write(to: URL(fileURLWithPath: "\(folder)/incoming/blob-killed"))
            let (stream, feed) = AsyncStream.makeStream(of: [UInt8].self)
            async let blob = first.put(stream, expecting: nil, bytesMax: 100)
            feed.yield(Array("abc".utf8))
            while files(below: "\(folder)/incoming").count < 2 { await Task.yield() }
            _ = try LocalArtifactStore(directory: folder)
            #expect(files(below: "\(folder)/incoming").count == 1)
            feed.finish()
            #expect(try await blob.digest.hex == Self.abcHex)
            #expect(files(below: "\(folder)/incoming") == [])
        }
    }

    @Test("a folder that cannot be made is unavailable")
    func noFolder() async throws {
        try await withFolder { folder in
            try Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
            let error = #expect(throws: GatehouseError.self) { try LocalArtifactStore(directory: "\(folder)/file/store") }
            #expect(error?.code == .unavailable)
        }
    }
}
