import Foundation
import GatehouseCore

/// The addresses of pages. Names come from people, so every segment is encoded.
enum Address {
    static func model(_ model: ModelName) -> String { "/models/" + segment(model.text) }
    static func version(_ model: ModelName, _ version: VersionNumber) -> String { "\(self.model(model))/\(version.value)" }
    static func promotion(_ id: String) -> String { "/promotions/" + segment(id) }
    static func check(_ promotion: String, _ check: String) -> String { "\(self.promotion(promotion))/checks/" + segment(check) }
    static func review(_ id: String) -> String { "/reviews/" + segment(id) }
    static func endpoint(_ name: String) -> String { "/traffic/" + segment(name) }
    static func rollout(_ id: String) -> String { "/rollouts/" + segment(id) }
    static func policy(_ pattern: String) -> String { "/policies/" + segment(pattern) }
    static func audit(_ sequence: Int64) -> String { "/audit/\(sequence)" }
    static func experiment(_ id: String) -> String { "/experiments/" + segment(id) }
    static func run(_ id: String) -> String { "/runs/" + segment(id) }

    /// With parameters; those that are nil are left out.
    static func query(_ path: String, _ parameters: [(name: String, value: String?)]) -> String {
        let pairs = parameters.compactMap { parameter in
            parameter.value.map { "\(parameter.name)=\($0.addingPercentEncodedForQuery)" }
        }
        return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
    }

    static func segment(_ text: String) -> String { text.percentEncoded(keeping: "-._~@") }
}

extension String {
    var addingPercentEncodedForQuery: String { percentEncoded(keeping: "-._~/") }

    fileprivate func percentEncoded(keeping extra: String) -> String {
        var allowed = CharacterSet(charactersIn: extra)
        allowed.formUnion(CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))
        return addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }
}
