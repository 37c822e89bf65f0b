import Foundation
import GatehouseCore
import Secrets

/// Where time, identity and chance enter the program; everything below is handed them.
enum ProcessRoots {
    static let now: @Sendable () -> Timestamp = {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }

    /// 16 random hexadecimal digits behind the time in milliseconds: sorts by age, never repeats.
    static let ids: @Sendable () -> String = {
        let time = String(now().milliseconds, radix: 16)
        let chance = String(UInt64.random(in: .min ... .max), radix: 16)
        return time + String(repeating: "0", count: 16 - chance.count) + chance
    }

    /// Version 4 of RFC 9562: dashed, random but for six bits.
    static let uuids: @Sendable () -> String = {
        var bytes = randomBytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        let groups = [digits[..<4], digits[4..<6], digits[6..<8], digits[8..<10], digits[10...]]
        return groups.map { $0.joined() }.joined(separator: "-")
    }

    static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    static let randomNumber: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }

    /// From 0 to 1.
    static let chance: @Sendable () -> Double = { Double.random(in: 0...1) }

    /// The secret that signs requests to URL checks, where one is set.
    static func checkSecret() throws -> WebhookSecret? {
        try environment["GATEHOUSE_CHECK_SECRET"].map { (text) throws(GatehouseError) in try WebhookSecret(parsing: text) }
    }

    static var environment: [String: String] { ProcessInfo.processInfo.environment }
    static var workingDirectory: String { FileManager.default.currentDirectoryPath }
}
