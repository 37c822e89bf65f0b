import GatehouseCore
import Testing

@testable import Events

@Suite("GitLab pipelines")
struct GitLabPipelineTests {
    private let settings = ["project": "risk/deployments", "ref": "main"]

    @Test("an event is a form for the trigger API, with the token in it and nowhere else")
    func form() throws {
        let place = try TargetExamples.place("https://gitlab.example.com/", settings, authorization: "glptt-secret")
        let request = try WebhookTarget.gitlab.request(for: TargetExamples.moved(), at: place)
        #expect(request.url.text == "https://gitlab.example.com/api/v4/projects/risk%2Fdeployments/trigger/pipeline")
        #expect(request.headers == [.init("Content-Type", "application/x-www-form-urlencoded")])
        #expect(!request.isSigned)
        let fields = [
            "token=glptt-secret", "ref=main", "variables%5BGATEHOUSE_EVENT%5D=model_version.stage_transitioned",
            "variables%5BGATEHOUSE_EVENT_ID%5D=dlv_1", "variables%5BGATEHOUSE_MODEL%5D=credit-risk",
            "variables%5BGATEHOUSE_VERSION%5D=2", "variables%5BGATEHOUSE_ACTOR%5D=user%3Aada",
            "variables%5BGATEHOUSE_AUDIT_ENTRY%5D=12", "variables%5BGATEHOUSE_FROM_STAGE%5D=Staging",
            "variables%5BGATEHOUSE_TO_STAGE%5D=Production", "variables%5BGATEHOUSE_PREVIOUS_VERSION%5D=1",
        ]
        #expect(request.text == fields.joined(separator: "&"))
    }

    @Test("a name cannot end the form, nor read the pipeline's variables")
    func hostile() throws {
        let place = try TargetExamples.place("https://gitlab.example.com/sub?x=1", settings, authorization: "t&ref=evil")
        let request = try WebhookTarget.gitlab.request(for: TargetExamples.moved(TargetExamples.hostile + "&ref=evil"), at: place)
        #expect(request.url.text.hasPrefix("https://gitlab.example.com/sub/api/v4/"))
        #expect(request.text.hasPrefix("token=t%26ref%3Devil&ref=main&"))
        #expect(request.text.contains("%24%24CI_JOB_TOKEN") && request.text.contains("%24%24%7By%7D"))
        #expect(request.text.split(separator: "&").count == 11)
    }

    @Test("a pipeline that was not created is no success, whatever else the answer says")
    func answers() {
        #expect(WebhookTarget.gitlab.accepts(status: 201, body: "{}"))
        for status in [200, 202, 204] { #expect(!WebhookTarget.gitlab.accepts(status: status, body: "{}")) }
    }

    @Test("what is missing is said with what it is")
    func missing() throws {
        let error = #expect(throws: GatehouseError.self) {
            try WebhookTarget.gitlab.check(["project": "42"], isAuthorized: true)
        }
        #expect(error?.message == "The target 'gitlab' needs the setting 'ref': the branch or tag that is run, such as main.")
        #expect(error?.hint == "Add it: --setting ref=…")
        let unsigned = #expect(throws: GatehouseError.self) { try WebhookTarget.gitlab.check(settings, isAuthorized: false) }
        #expect(unsigned?.message.contains("the pipeline trigger token of the project") == true)
        #expect(throws: GatehouseError.self) {
            try WebhookTarget.gitlab.request(
                for: TargetExamples.moved(), at: TargetExamples.place("https://gitlab.example.com", settings))
        }
    }
}
