/// How a folder differs from what was signed.
package enum ModelDifference: Sendable, Hashable {
    case changed(path: String)
    case missing(path: String)
    case added(path: String)

    package var sentence: String {
        switch self {
        case .changed(let path): "'\(path)' is not the file that was signed"
        case .missing(let path): "'\(path)' was signed and is missing"
        case .added(let path): "'\(path)' was not signed"
        }
    }

    fileprivate var path: String {
        switch self {
        case .changed(let path), .missing(let path), .added(let path): path
        }
    }
}

extension SignedModel {
    /// Everything in which a folder's files differ from the signed ones, by path; empty when nothing does. Files that the
    /// signature says are passed over are, in the folder as well.
    package func differences(to found: [SignedFile]) -> [ModelDifference] {
        let signed = Dictionary(files.map { ($0.path, $0.digest) }, uniquingKeysWith: { first, _ in first })
        let present = Dictionary(found.map { ($0.path, $0.digest) }, uniquingKeysWith: { first, _ in first })
        var differences: [ModelDifference] = files.compactMap { file in
            guard let digest = present[file.path] else { return .missing(path: file.path) }
            return digest == file.digest ? nil : .changed(path: file.path)
        }
        differences += found.compactMap { file in
            signed[file.path] == nil && !Self.isIgnored(file.path, ignoredPaths) ? .added(path: file.path) : nil
        }
        return differences.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
}
