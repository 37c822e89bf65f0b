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

/// Makes a stored file look as if it had been stored at a time.
func age(_ path: String, to time: Timestamp) throws {
    let spec = timespec(tv_sec: Int(time.milliseconds / 1000), tv_nsec: 0)
    try #require(utimensat(AT_FDCWD, path, [spec, spec], 0) == 0)
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

    @Test("only what was stored before a time is removed, and keeping a blob makes it young again")
    func removeOld() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: folder)
            let blob = try await store.put(Array("abc".utf8))
            let old = Timestamp(milliseconds: 1_600_000_000_000)
            try age(try await store.path(of: blob.digest), to: old)
            #expect(try store.stored(blob.digest) == StoredBlob(blob: blob, at: old))
            #expect(try await !store.remove(blob.digest, storedBefore: old))
            #expect(try await store.keep(blob.digest) == blob)
            #expect(try await !store.remove(blob.digest, storedBefore: old.adding(.seconds(1))))
            // Storing the same bytes again is as good as keeping them.
            try age(try await store.path(of: blob.digest), to: old)
            _ = try await store.put(Array("abc".utf8))
            #expect(try await !store.remove(blob.digest, storedBefore: old.adding(.seconds(1))))
            try age(try await store.path(of: blob.digest), to: old)
            #expect(try await store.remove(blob.digest, storedBefore: old.adding(.seconds(1))))
            #expect(try await store.keep(blob.digest) == nil)
        }
    }

    @Test("an open blob is read from any place, also after it was removed")
    func open() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: folder)
            let blob = try await store.put(Array("0123456789".utf8))
            let reader = try await store.open(blob.digest)
            #expect(reader.bytes == 10)
            #expect(try await reader.read(at: 3, count: 4) == Array("3456".utf8))
            try await store.remove(blob.digest, storedBefore: Timestamp(milliseconds: .max))
            #expect(try await reader.read(at: 8, count: 100) == Array("89".utf8))
            #expect(try await reader.read(at: 10, count: 1) == [])
            let error = await #expect(throws: GatehouseError.self) { try await store.open(blob.digest) }
            #expect(error?.code == .notFound)
        }
    }

    @Test("pieces of a damaged blob end before its last one")
    func damagedPieces() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: folder)
            let bytes = (0..<BlobPieces.pieceBytes * 2 + 5).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let blob = try await store.put(bytes)
            var whole: [UInt8] = []
            for try await piece in BlobPieces(blob, try await store.open(blob.digest)) { whole += piece }
            #expect(whole == bytes)
            var changed = bytes
            changed[0] ^= 1
            let path = try await store.path(of: blob.digest)
            try #require(chmod(path, 0o644) == 0)
            try Data(changed).write(to: URL(fileURLWithPath: path))
            var got = 0
            let error = await #expect(throws: GatehouseError.self) {
                for try await piece in BlobPieces(blob, try await store.open(blob.digest)) { got += piece.count }
            }
            #expect(error?.code == .integrity)
            #expect(got == BlobPieces.pieceBytes * 2)
            // A range cannot be compared with anything.
            var part: [UInt8] = []
            for try await piece in BlobPieces(blob, try await store.open(blob.digest), range: 3..<9) { part += piece }
            #expect(part == Array(bytes[3..<9]))
        }
    }

    @Test("a link in the place of a blob or its folder is not followed")
    func links() async throws {
        try await withFolder { folder in
            let store = try LocalArtifactStore(directory: "\(folder)/store")
            let blob = try await store.put(Array("abc".utf8))
            let path = try await store.path(of: blob.digest)
            try Data("abc".utf8).write(to: URL(fileURLWithPath: "\(folder)/outside"))
            try #require(unlink(path) == 0)
            try #require(symlink("\(folder)/outside", path) == 0)
            for read in [store.path(of:), store.verifiedPath(of:)] as [(Digest) async throws -> String] {
                await #expect(throws: GatehouseError.self) { try await read(blob.digest) }
            }
            await #expect(throws: GatehouseError.self) { try await store.open(blob.digest) }
            #expect(try await !store.keepUndamaged(blob.digest))
            // Storing the bytes again replaces the link, not what it points at.
            _ = try await store.put(Array("abc".utf8))
            #expect(try await store.keepUndamaged(blob.digest))
            #expect(try String(contentsOfFile: "\(folder)/outside", encoding: .utf8) == "abc")
            let shard = String(path.dropLast(65))
            try FileManager.default.moveItem(atPath: shard, toPath: "\(folder)/elsewhere")
            try #require(symlink("\(folder)/elsewhere", shard) == 0)
            await #expect(throws: GatehouseError.self) { try await store.open(blob.digest) }
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
