import GatehouseCore
import Gateway
import Scoring
import Testing

@Suite("A native model refuses what it cannot score and says why")
struct NativeRefusalTests {
    private static func caller() throws -> NativeCaller { NativeCaller(try NativeCaller.fixture("lightgbm_binary.txt")) }
    private static let columns = #"["income","debt_ratio","utilisation","late_payments"]"#

    /// The status is that of `mlflow models serve` 3.17.2 for the same body, asked of it for a LightGBM model with a signature;
    /// it pads a short row with missing values and takes infinity, which are refused here.
    @Test(
        "bodies that are not scored",
        arguments: [
            (#"{"dataframe_split":{"columns":COLUMNS,"data":[["x",1,2,3]]}}"#, "income"),
            (#"{"dataframe_split":{"columns":COLUMNS,"data":[[[1],1,2,3]]}}"#, "income"),
            (
                #"{"dataframe_split":{"columns":["income"],"data":[[1]]}}"#,
                "missing inputs ['debt_ratio', 'utilisation', 'late_payments']"
            ),
            (#"{"dataframe_split":{"columns":COLUMNS,"data":[[1,2,3,4,5]]}}"#, "4 columns passed, row 1 of 'data' had 5 columns"),
            (#"{"dataframe_split":{"columns":COLUMNS,"data":[[1,2,3]]}}"#, "4 columns passed, row 1 of 'data' had 3 columns"),
            (#"{"dataframe_split":{"columns":COLUMNS,"data":[]}}"#, "no rows"),
            (#"{"dataframe_split":{"columns":COLUMNS}}"#, "must have 'data' field"),
            (#"{"dataframe_split":{"columns":COLUMNS,"data":[[1,2,3,4]],"foo":1}}"#, "'foo'"),
            (#"{"dataframe_split":{"columns":["income","income","utilisation","late_payments"],"data":[[1,2,3,4]]}}"#, "twice"),
            (#"{"dataframe_split":{"data":[[1,2,3,4]]}}"#, "missing inputs"),
            (#"{"dataframe_split":[1]}"#, "must be a dictionary"),
            (#"{"dataframe_records":{"a":1}}"#, "must be a list of records"),
            (#"{"dataframe_records":[]}"#, "no rows"),
            (#"{"dataframe_records":[{"income":1,"debt_ratio":1,"utilisation":1,"late_payments":1},{"income":1}]}"#, "lacks"),
            (#"{"instances":[[1,2,3,4]]}"#, "missing inputs"),
            (#"{"instances":[1,2]}"#, "not a list"),
            (#"{"inputs":{"income":[1],"debt_ratio":[1,2],"utilisation":[1],"late_payments":[1]}}"#, "same length"),
            (#"{"dataframe_records":[{"income":1}],"instances":[[1]]}"#, "exactly one of the input fields"),
            (#"{"x":1}"#, "exactly one of the input fields"), ("{}", "exactly one of the input fields"),
            ("[1]", "Received a list"), ("1", "exactly one of the input fields"), (#"{"inputs":"#, "valid JSON"),
            ("", "valid JSON"), (#"{"instances":[[1,2,3,4]]} x"#, "valid JSON"), (#"{"instances":[[1,2,3,4]]"#, "valid JSON"),
            (#"{"dataframe_split":{"columns":COLUMNS,"data":[[01,2,3,4]]}}"#, "valid JSON"),
            (#"{"dataframe_split":{"columns":COLUMNS,"data":[[+1,2,3,4]]}}"#, "valid JSON"),
            (#"{"dataframe_split":{"columns":COLUMNS,"data":[[.5,2,3,4]]}}"#, "valid JSON"),
            (#"{"dataframe_split":{"columns":COLUMNS,"data":[[5.,2,3,4]]}}"#, "valid JSON"),
            (#"{"dataframe_split":{"columns":COLUMNS,"data":[[1,2,3,4],]}}"#, "valid JSON"),
            (#"{"dataframe_split":{"columns":COLUMNS,"data":[[Infinity,2,3,4]]}}"#, "inf"),
        ])
    func refusals(body: String, says: String) async throws {
        let answer = try await Self.caller().invoke(body.replacing("COLUMNS", with: Self.columns))
        #expect(answer.status == 400)
        let message = try #require(answer.json?["message"]?.stringValue, "\(answer.text)")
        #expect(message.contains(says), "\(message)")
        #expect(["BAD_REQUEST", "INVALID_PARAMETER_VALUE"].contains(answer.json?["error_code"]?.stringValue))
    }

    @Test("text that is not UTF-8 and documents cut off at any byte are refused, not followed")
    func cutOff() async throws {
        let caller = try Self.caller()
        let whole = #"{"dataframe_split": {"columns": \#(Self.columns), "data": [[1.5, -2e3, null, true]]}}"#
        #expect(try await caller.invoke(whole).status == 200)
        for length in 0..<whole.utf8.count {
            let part = String(decoding: whole.utf8.prefix(length), as: UTF8.self)
            #expect(try await caller.invoke(part).status == 400)
            #expect(try await caller.invoke(part + "}").status == 400 || part + "}" == whole)
        }
    }

    @Test(
        "content types are those of mlflow models serve",
        arguments: [
            ("application/json", 200), ("application/json; charset=utf-8", 200), ("application/json;charset=UTF-8", 200),
            ("application/json; charset=latin-1", 415), ("application/json; format=pandas-split", 415), ("application/xml", 415),
            ("text/csv", 415),
        ])
    func contentTypes(type: String, status: Int) async throws {
        let body = #"{"dataframe_split":{"columns":\#(Self.columns),"data":[[1,2,3,4]]}}"#
        let answer = try await Self.caller().ask("/invocations", body, type: type)
        #expect(answer.status == status)
        #expect(answer.contentType == (status == 200 ? "application/json" : "text/plain; charset=utf-8"))
    }

    @Test("the other routes of mlflow models serve answer as it does")
    func routes() async throws {
        let caller = try Self.caller()
        for path in ["/ping", "/health"] {
            let answer = try await caller.ask(path, method: "GET")
            #expect(answer.status == 200 && answer.text == "\n")
        }
        let unknown = try await caller.ask("/nope", method: "GET")
        #expect(unknown.status == 404 && unknown.text == #"{"detail":"Not Found"}"#)
        let wrong = try await caller.ask("/invocations", method: "GET")
        #expect(wrong.status == 405 && wrong.text == #"{"detail":"Method Not Allowed"}"#)
    }

    @Test("until it is loaded a version answers 503 with the reason, is live and not ready")
    func notReady() async throws {
        let caller = NativeCaller(nil)
        let loading = try await caller.invoke("{}")
        #expect(loading.status == 503)
        #expect(loading.json?["message"]?.stringValue == "Version 7 of 'credit-risk' is being loaded")
        #expect(try await caller.ask("/v2/health/live", method: "GET").status == 200)
        #expect(try await caller.ask("/v2/health/ready", method: "GET").status == 503)
        caller.upstream.becomeUnavailable("its digest differs")
        #expect(try await caller.invoke("{}").text.contains("cannot be served: its digest differs"))
        caller.upstream.becomeReady(LoadedModel(try NativeCaller.fixture("lightgbm_binary.txt"), isNamed: true))
        #expect(try await caller.ask("/v2/health/ready", method: "GET").status == 200)
        caller.upstream.becomeUnavailable("too late")
        #expect(try await caller.ask("/v2/models/credit-risk/ready", method: "GET").text == #"{"ready":true}"#)
    }
}
