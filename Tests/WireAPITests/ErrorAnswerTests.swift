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
