import Crypto
import GatehouseCore
import Rendering

/// The style sheet, the scripts and the icon. They travel inside the program; their addresses hold a digest of their content,
/// so that browsers keep them for ever and still never show old ones.
struct Assets: Sendable {
    struct File: Sendable {
        let name: String
        let type: String
        let bytes: [UInt8]
        let digest: String

        var address: String { "/assets/\(digest)/\(name)" }
    }

    private let files: [String: File]

    /// Those that the program was built with.
    static let built = Assets(builtAssets)

    init(_ contents: [(name: String, text: String)]) {
        // Charts are drawn by Rendering, which says how they look as well.
        var files: [String: File] = [:]
        // Modules name one another by relative paths: they share one digest, so that a change of one is a change of all.
        let styled = contents.map { ($0.name, $0.name == "site.css" ? $0.text + "\(ReportStyle.charts)" : $0.text) }
        let digest = Self.digest(of: styled.flatMap { Array($0.1.utf8) })
        for (name, text) in styled {
            files[name] = File(name: name, type: Self.type(of: name), bytes: Array(text.utf8), digest: digest)
        }
        self.files = files
    }

    func file(_ name: String, digest: String) -> File? { files[name].flatMap { $0.digest == digest ? $0 : nil } }

    /// An unknown name is a mistake in this module; its address answers 404.
    func address(of name: String) -> String { files[name]?.address ?? "/assets/unknown/\(name)" }

    static func digest(of bytes: [UInt8]) -> String {
        String(Digest(bytes: Array(SHA256.hash(data: bytes))).hex.prefix(16))
    }

    private static func type(of name: String) -> String {
        if name.hasSuffix(".css") { return "text/css; charset=utf-8" }
        if name.hasSuffix(".js") { return "text/javascript; charset=utf-8" }
        return "image/svg+xml"
    }
}
