import Foundation
import GatehouseCore
import Secrets

/// Where time, identity and chance enter the program; everything below is handed them.
enum ProcessRoots {
    static let now: @Sendable () -> Timestamp = {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }

    /// 16 random hexadecimal digits behind the time in milliseconds: sorts by age, never repeats.
    static let ids: @Sendable () -> String = { String(now().milliseconds, radix: 16) + sixteenDigits(randomNumber()) }

    /// Version 7 of RFC 9562: dashed, the time in milliseconds and 74 random bits. Rows of one time are neighbours in an index.
    static let uuids: @Sendable () -> String = {
        let first = UInt64(now().milliseconds) << 16 | 0x7000 | randomNumber() & 0x0FFF
        let second = 0x8000_0000_0000_0000 | randomNumber() >> 2
        var digits = sixteenDigits(first) + sixteenDigits(second)
        for place in [20, 16, 12, 8] { digits.insert("-", at: digits.index(digits.startIndex, offsetBy: place)) }
        return digits
    }

    private static func sixteenDigits(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
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
