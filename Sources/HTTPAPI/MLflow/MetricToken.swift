import Foundation
import GatehouseCore
import Registry

/// The token of a page of a metric's history: base64 of JSON. MLflow's own form, a number of points to skip, is read too.
enum MetricToken {
    private static let bytesMax = 1000

    static func text(_ position: MetricPosition) -> String {
        let token: JSONValue
        switch position {
        case .offset(let offset): token = ["offset": .integer(offset)]
        case .after(let time, let step, let value, let isNaN):
            token = ["after": [.integer(time), .integer(step), .number(value), .bool(isNaN)]]
        }
        return Data(token.canonicalBytes).base64EncodedString()
    }

    /// Fails with `invalidArgument`.
    static func position(_ text: String) throws(GatehouseError) -> MetricPosition {
        guard text.utf8.count <= bytesMax, let bytes = Data(base64Encoded: text) else {
            throw GatehouseError(.invalidArgument, "Invalid page token, could not base64-decode")
        }
        let token = try? JSONParser.parse(Array(bytes))
        if let offset = token?["offset"]?.integerValue, offset >= 0 { return .offset(offset) }
        guard let after = token?["after"]?.arrayValue, after.count == 4, let time = after[0].integerValue,
            let step = after[1].integerValue, let value = after[2].doubleValue, let isNaN = after[3].boolValue
        else {
            throw GatehouseError(
                .invalidArgument, "Invalid page token, decoded value=\(String(decoding: bytes.prefix(80), as: UTF8.self))")
        }
        return .after(time: time, step: step, value: value, isNaN: isNaN)
    }
}
