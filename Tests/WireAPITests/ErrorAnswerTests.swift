import Foundation
import GatehouseCore
import Testing
import WireAPI

@Suite("The error envelope")
struct ErrorAnswerTests {
    @Test("an error arrives as it was raised", arguments: ErrorCode.allCases)
    func roundTrip(_ code: ErrorCode) throws {
        let raised = GatehouseError(code, "It moved.", hint: "Look again.", details: ["line 1", "line 2"])
        let answer = try WireCoder.decode(ErrorAnswer.self, from: WireCoder.encode(ErrorAnswer(raised)))
        #expect(answer.error.code == code)
        #expect(answer.error.message == raised.message)
        #expect(answer.error.hint == raised.hint)
        #expect(answer.error.details == raised.details)
        #expect(answer.errorCode == code.mlflowCode)
    }

    @Test("values of any kind are read in linear time, as our own reader reads them, and not deeper than it does")
    func values() throws {
        let row: JSONValue = ["a": 1, "5": ["x", [nil, 2.5, true], ["k": -7]], "long": .integer(.max)]
        let body = try WireCoder.encode(TryRowCall(row: row.objectValue ?? [:]))
        #expect(try WireCoder.decode(TryRowCall.self, from: body).row == row.objectValue)
        let deep = String(repeating: "[", count: 400) + String(repeating: "]", count: 400)
        for row in ["{\"a\":\(deep)}", #"{"a":1,"a":2}"#, #"{"a":1e999}"#] {
            let error = #expect(throws: GatehouseError.self) {
                try WireCoder.decode(TryRowCall.self, from: Data("{\"row\":\(row)}".utf8))
            }
            #expect(error?.code == .invalidArgument)
        }
        // Trying one kind after the other took minutes for this.
        let wide = (0..<2_000).map { "\"\($0)\":" + deep.dropFirst(300).dropLast(300) }.joined(separator: ",")
        let read = try WireCoder.decode(TryRowCall.self, from: Data("{\"row\":{\(wide)}}".utf8))
        #expect(read.row.count == 2_000)
    }

    @Test("the cause of a failure is not sent")
    func cause() throws {
        let cause = GatehouseError(.internalFailure, "password=hunter2")
        let sent = try WireCoder.encode(ErrorAnswer(GatehouseError(.unavailable, "The disk failed.", cause: cause)))
        #expect(
            String(decoding: sent, as: UTF8.self)
                == #"{"code":"unavailable","details":[],"error_code":"TEMPORARILY_UNAVAILABLE","hint":null,"message":"The disk failed."}"#
        )
    }
}
