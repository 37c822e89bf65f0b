package import GatehouseCore

/// What the source of a version names: the rules by which MLflow takes or refuses it.
package enum VersionSource: Sendable, Hashable {
    /// A path on some machine's disk, which a server must not be talked into reading.
    case local
    /// `runs:/<run>/…`
    case run(String)
    /// `models:/m-…`
    case loggedModel(String)
    /// `models:/<name>/7`, `models:/<name>@champion`, `models:/<name>/Staging`, `models:/<name>/latest`
    case version(of: String, Pick)
    /// `mlflow-artifacts:/…`: what this server stores.
    case proxied
    /// `s3://…` and other stores, which only clients read.
    case other

    /// Which version of a model is meant.
    package enum Pick: Sendable, Hashable {
        case number(String)
        case alias(String)
        case stage(String)
        case latest
    }

    /// Schemes that name a host, to which nobody may send a server.
    private static let hostSchemes: Set<String> = ["ftp", "sftp", "hdfs", "viewfs", "http", "https", "r2", "b2", "abfss"]

    /// Reads a source. Fails with `invalidArgument` for one that MLflow refuses whatever else the request says: a path with
    /// `..`, a scheme that names a host, a `models:` reference that is none.
    package static func parse(_ source: String) throws(GatehouseError) -> VersionSource {
        let parts = SourceParts(source)
        if parts.scheme.isEmpty || parts.scheme == "file" { return .local }
        guard !hostSchemes.contains(parts.scheme), parts.scheme != "mlflow-artifacts" || parts.authority.isEmpty else {
            throw GatehouseError(
                .invalidArgument,
                "'source' cannot use the '\(parts.scheme)' scheme: it addresses a host other than this server's artifact storage, so the server would connect to the host named in the URI."
            )
        }
        guard SourceParts(decoded: source).hasPlainPath else {
            throw invalid(
                source,
                "If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path."
            )
        }
        switch parts.scheme {
        case "runs":
            guard parts.authority.isEmpty, let run = parts.segments.first else { throw outside(source, "run_id") }
            return .run(run)
        case "models":
            guard parts.authority.isEmpty, let reference = model(parts) else { throw outside(source, "model_id") }
            return reference
        case "mlflow-artifacts": return .proxied
        default: return .other
        }
    }

    /// Whether `source` names `root` or something below it.
    package static func isInside(_ source: String, root: String) -> Bool {
        let (inner, outer) = (SourceParts(decoded: source), SourceParts(decoded: root))
        return inner.scheme == outer.scheme && inner.authority == outer.authority && !outer.segments.isEmpty
            && inner.segments.starts(with: outer.segments)
    }

    private static func model(_ parts: SourceParts) -> VersionSource? {
        guard parts.path.hasPrefix("/") else { return nil }
        let segments = parts.path.drop { $0 == "/" }.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let name = segments.first, segments.count <= 2, !name.allSatisfy(\.isWhitespace) else { return nil }
        if segments.count == 2 {
            let suffix = segments[1]
            guard !suffix.allSatisfy(\.isWhitespace) else { return nil }
            if suffix.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return .version(of: name, .number(suffix)) }
            return .version(of: name, suffix.lowercased() == "latest" ? .latest : .stage(suffix))
        }
        guard let at = name.lastIndex(of: "@") else { return .loggedModel(name) }
        let alias = String(name[name.index(after: at)...])
        return alias.allSatisfy(\.isWhitespace) ? nil : .version(of: String(name[..<at]), .alias(alias))
    }

    /// The refusal of a source that lies elsewhere than in what `field` names.
    package static func outside(_ source: String, _ field: String) -> GatehouseError {
        invalid(source, "The \(field) request parameter must identify the resource that contains the source.")
    }

    package static func invalid(_ source: String, _ why: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "Invalid model version source: '\(source.prefix(500))'. \(why)")
    }
}

/// A URI in its parts. Nothing is judged here.
private struct SourceParts {
    let scheme: String
    let authority: String
    let path: String

    /// The path's parts; several slashes count as one.
    var segments: [String] { path.split(separator: "/").map(String.init) }

    /// Absolute, with neither `.` nor `..` nor NUL in it.
    var hasPlainPath: Bool {
        path.hasPrefix("/") && !segments.isEmpty && !segments.contains("..") && !segments.contains(".")
            && !path.utf8.contains(0)
    }

    init(_ uri: String) {
        var rest = uri[...]
        if let colon = rest.firstIndex(of: ":"), Self.isScheme(rest[..<colon]) {
            scheme = rest[..<colon].lowercased()
            rest = rest[rest.index(after: colon)...]
        } else {
            scheme = ""
        }
        rest = rest.prefix { $0 != "#" && $0 != "?" }
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            let slash = rest.firstIndex(of: "/") ?? rest.endIndex
            authority = rest[..<slash].lowercased()
            rest = rest[slash...]
        } else {
            authority = ""
        }
        path = String(rest)
    }

    /// The parts of what is left when nothing is percent-encoded any more, however often it was.
    init(decoded uri: String) {
        var bytes = Array(uri.utf8)
        // Each round makes the text shorter, and a text has a limit.
        while let shorter = PercentEncoding.decodedOnce(bytes) { bytes = shorter }
        self.init(String(decoding: bytes, as: UTF8.self))
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, (0x41...0x5A).contains(first) || (0x61...0x7A).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || [0x2B, 0x2D, 0x2E].contains($0)
        }
    }
}
