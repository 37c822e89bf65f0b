import GatehouseCore
import Glibc

/// Files that are complete or not there, also after a power cut: written under another name, synchronised, renamed, and their
/// folder synchronised.
struct DurableFiles: Sendable {
    /// What has just been done; told so that a test can end the process's work at any point.
    enum Step: Sendable, Hashable {
        case written(String)
        case renamed(String)
        case synchronised(folder: String)
        case removed(String)
        /// Not a file: the database has the checkpoint of this size.
        case recorded(size: Int64)
    }

    /// Ours alone writes here, so one suffix is enough; what a crash leaves is overwritten.
    static let suffix = ".new"

    let root: String
    var step: @Sendable (Step) throws -> Void = { _ in }

    /// Writes files by their paths below the root, in order. Folders are made where they are missing.
    /// Fails with `unavailable`: the disk is full or failing, or the folder is somebody else's.
    func write(_ files: [(path: String, bytes: [UInt8])], mode: mode_t = 0o644) throws {
        var folders: [String] = []
        for file in files {
            let folder = Self.folder(of: "\(root)/\(file.path)")
            if folders.last != folder {
                try makeFolders(to: folder)
                folders.append(folder)
            }
            try write(file.bytes, to: "\(root)/\(file.path)\(Self.suffix)", mode)
            try step(.written(file.path))
        }
        for file in files {
            let path = "\(root)/\(file.path)"
            guard rename(path + Self.suffix, path) == 0 else { throw Self.failure("rename", path) }
            try step(.renamed(file.path))
        }
        for folder in Set(folders).sorted() {
            try Self.synchronise(folder)
            try step(.synchronised(folder: folder))
        }
    }

    /// Nil when there is no such file. Fails with `tooLarge` above `bytesMax`, with `unavailable` when it cannot be read.
    func read(_ path: String, bytesMax: Int) throws(GatehouseError) -> [UInt8]? {
        let path = "\(root)/\(path)"
        // Without O_NONBLOCK a pipe in the place of a file would wait for ever.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Self.failure("open", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw GatehouseError(.integrity, "'\(path)' is not a regular file.", hint: "Restore the audit folder from a backup.")
        }
        guard status.st_size <= bytesMax else {
            throw GatehouseError(.tooLarge, "'\(path)' has \(status.st_size) bytes; at most \(bytesMax) belong there.")
        }
        var isRead = true
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            while count < buffer.count {
                let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
                if got < 0, errno == EINTR { continue }
                isRead = got >= 0
                guard got > 0 else { break }
                count += got
            }
        }
        guard isRead else { throw Self.failure("read", path) }
        return bytes
    }

    /// Removes a file or an empty folder; one that is not there is no failure.
    func remove(_ path: String) throws {
        let whole = "\(root)/\(path)"
        guard unlink(whole) == 0 || errno == ENOENT || (errno == EISDIR && rmdir(whole) == 0) || errno == ENOTEMPTY else {
            throw Self.failure("remove", whole)
        }
        try step(.removed(path))
    }

    /// The names in a folder, sorted; none when it is not there.
    func names(in path: String) throws(GatehouseError) -> [String] {
        guard let stream = opendir("\(root)/\(path)") else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw Self.failure("list", "\(root)/\(path)")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    // MARK: - Steps

    private func write(_ bytes: [UInt8], to path: String, _ mode: mode_t) throws(GatehouseError) {
        // A leftover may have another mode, and a key must never be readable for a moment.
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Self.failure("create", path) }
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", path) }
            done += count
        }
        guard fsync(descriptor) == 0 else { throw Self.failure("synchronise", path) }
    }

    private func makeFolders(to folder: String) throws(GatehouseError) {
        guard access(folder, F_OK) != 0 else { return }
        let parent = Self.folder(of: folder)
        // The folder above the root is the operator's to make.
        if folder != root { try makeFolders(to: parent) }
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw Self.failure("make the folder", folder) }
        try Self.synchronise(parent)
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    private static func synchronise(_ folder: String) throws(GatehouseError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open the folder", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("synchronise the folder", folder) }
    }

    private static func failure(_ what: String, _ path: String) -> GatehouseError {
        GatehouseError(
            .unavailable, "Could not \(what) '\(path)': \(String(cString: strerror(errno))).",
            hint: "Check the disk of the audit folder, its free space, and that this user may write there.")
    }
}
