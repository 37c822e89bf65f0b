import GatehouseCore
import Glibc

/// A directory whose files are only opened when they really lie inside it: no `..`, no absolute path, no link out.
struct ModelDirectory: Sendable {
    static let filesMax = 100_000

    /// Absolute, all links followed.
    let path: String

    /// Nil when `path` is not a directory; fails with `notFound` when there is nothing at all.
    init?(path: String) throws(GatehouseError) {
        guard let resolved = Self.resolve(path) else {
            throw GatehouseError(.notFound, "\(path) does not exist.", hint: "Pass an MLflow model directory or a model file.")
        }
        var status = stat()
        guard stat(resolved, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        self.path = resolved
    }

    /// The real path of a file in the directory.
    ///
    /// Fails with `invalidArgument` when the name or a link leads out of it, with `notFound` when it is not there.
    func path(of file: String) throws(GatehouseError) -> String {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        guard !file.utf8.contains(0), !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw GatehouseError(
                .invalidArgument, "The path '\(file)' does not stay inside the model directory.",
                hint: "Paths in MLmodel are relative and without '..'.")
        }
        guard let resolved = Self.resolve("\(path)/\(file)") else {
            throw GatehouseError(.notFound, "The model directory \(path) has no file '\(file)'.")
        }
        guard resolved.hasPrefix(path == "/" ? path : path + "/") else {
            throw GatehouseError(
                .invalidArgument, "The file '\(file)' is a link that leads out of the model directory.",
                hint: "Copy the file into the directory.")
        }
        return resolved
    }

    /// The regular files directly in the directory, sorted; links are not listed. Fails with `tooLarge` or `unavailable`.
    func fileNames() throws(GatehouseError) -> [String] {
        guard let stream = opendir(path) else {
            throw GatehouseError(.unavailable, "\(path) cannot be listed: \(String(cString: strerror(errno))).")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { name in
                String(validating: name.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            guard let name, lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            guard names.count < Self.filesMax else {
                throw GatehouseError(.tooLarge, "\(path) holds more than \(Self.filesMax) files.")
            }
            names.append(name)
        }
        return names.sorted()
    }

    /// The absolute path with all links followed; nil when nothing is there.
    private static func resolve(_ path: String) -> String? {
        guard !path.utf8.contains(0), let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(validatingCString: resolved)
    }
}
