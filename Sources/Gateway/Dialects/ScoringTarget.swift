import NIOCore

/// Which call of the two scoring protocols a target asks for.
enum ScoringTarget: Equatable {
    case invocations
    case infer
    case modelMetadata
    case serverMetadata
    case live
    case ready
    /// MLflow's `/ping` and `/health`.
    case ping
    case version
    case unknown

    init(_ bytes: ByteBuffer) { self.init(String(buffer: bytes)) }

    init(_ text: String) {
        let path = text.prefix { $0 != "?" }
        let parts = Array(path.split(separator: "/", omittingEmptySubsequences: false).dropFirst())
        switch parts {
        case ["invocations"]: self = .invocations
        case ["ping"], ["health"]: self = .ping
        case ["version"]: self = .version
        case ["v2"]: self = .serverMetadata
        case ["v2", "health", "live"]: self = .live
        case ["v2", "health", "ready"]: self = .ready
        default:
            guard parts.count >= 3, parts[0] == "v2", parts[1] == "models" else {
                self = .unknown
                return
            }
            self.init(behindModel: parts.dropFirst(3))
        }
    }

    /// What follows the model's name; the gateway has chosen the version by it already.
    private init(behindModel parts: ArraySlice<Substring>) {
        var parts = parts
        if parts.first == "versions", parts.count >= 2 { parts = parts.dropFirst(2) }
        switch Array(parts) {
        case []: self = .modelMetadata
        case ["infer"]: self = .infer
        case ["ready"]: self = .ready
        default: self = .unknown
        }
    }

    /// The name behind `/v2/models/`; empty where a target has none.
    static func model(in text: String) -> String {
        let parts = text.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard parts.count >= 3, parts.starts(with: ["v2", "models"]) else { return "" }
        return String(parts[parts.startIndex + 2])
    }
}
