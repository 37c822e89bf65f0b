import GatehouseCore
import Testing

@testable import Deployments

@Suite("Pins")
struct PinTests {
    static func version(_ number: Int64 = 3, artifact: Bool = true) throws -> PinnedVersion {
        PinnedVersion(
            model: try ModelName("credit-risk"), version: try VersionNumber(number),
            artifact: artifact ? try Digest(parsing: String(repeating: "a", count: 64)) : nil)
    }

    static let deployment: JSONValue = [
        "kind": "Deployment", "metadata": ["name": "scorer"],
        "spec": [
            "template": [
                "spec": [
                    "containers": [
                        ["name": "proxy", "image": "p:1"],
                        ["name": "scorer", "image": "x:v2", "env": [["name": "MODEL_VERSION", "value": "2"]]],
                    ]
                ]
            ]
        ],
    ]

    @Test("what is in braces is put in, and nothing else is taken for a name")
    func fillsTemplates() throws {
        let version = try Self.version()
        #expect(try version.fill("s3://m/{model}/{version}") == "s3://m/credit-risk/3")
        #expect(
            try version.fill("{digest_hex}-{digest}") == String(repeating: "a", count: 64) + "-sha256:"
                + String(repeating: "a", count: 64))
        for bad in ["{modle}", "{version", "{}"] { #expect(throws: GatehouseError.self) { try version.fill(bad) } }
        #expect(throws: GatehouseError.self) { try Self.version(artifact: false).fill("{digest}") }
        #expect(try Self.version(artifact: false).fill("v{version}") == "v3")
    }

    private func path(_ subject: PinRule.Subject, _ object: JSONValue) throws -> String? {
        try PinRule(subject, "x").path(in: ManifestObject(object))?.description
    }

    @Test("each kind says in its own place what runs")
    func findsPlaces() throws {
        let containers = "Deployment/scorer:spec.template.spec.containers[name=scorer]"
        #expect(try path(.image(container: "scorer"), Self.deployment) == containers + ".image")
        #expect(
            try path(.variable("MODEL_VERSION", container: "scorer"), Self.deployment)
                == containers + ".env[name=MODEL_VERSION].value")
        #expect(try path(.storageURI, Self.deployment) == nil)
        let kserve: JSONValue = [
            "kind": "InferenceService", "metadata": ["name": "c"], "spec": ["predictor": ["model": ["storageUri": "s3://2"]]],
        ]
        #expect(try path(.storageURI, kserve) == "InferenceService/c:spec.predictor.model.storageUri")
        let older: JSONValue = [
            "kind": "InferenceService", "metadata": ["name": "c"], "spec": ["predictor": ["lightgbm": ["storageUri": "s3://2"]]],
        ]
        #expect(try path(.storageURI, older) == "InferenceService/c:spec.predictor.lightgbm.storageUri")
        #expect(try path(.storageURI, ["kind": "Model", "metadata": ["name": "c"]]) == "Model/c:spec.storageUri")
        #expect(try path(.image(container: nil), kserve) == nil)
    }

    @Test("a container has to be named where there are several, and to be there")
    func asksForContainers() throws {
        for name in [nil, "other"] {
            #expect(throws: GatehouseError.self) { try path(.image(container: name), Self.deployment) }
        }
        #expect(throws: GatehouseError.self) {
            try path(.storageURI, ["kind": "InferenceService", "metadata": ["name": "c"], "spec": ["predictor": ["model": [:]]]])
        }
    }

    @Test("a patch changes a value only where it is still what it was")
    func patches() throws {
        let object = ManifestObject(Self.deployment)
        let path = try ManifestPath(parsing: "spec.template.spec.containers[name=scorer].image")
        let change = PinChange(path: path, before: "x:v2", after: "x:v3")
        let patch = try KubectlTarget.patch([change], object, in: "t")
        let place: JSONValue = "/spec/template/spec/containers/1/image"
        #expect(
            patch.json == [
                ["op": "test", "path": place, "value": "x:v2"], ["op": "replace", "path": place, "value": "x:v3"],
            ])
        #expect(try KubectlTarget.patch([change.reversed], object, in: "t").json == [])
        #expect(throws: GatehouseError.self) {
            try KubectlTarget.patch([PinChange(path: path, before: "x:v1", after: "x:v3")], object, in: "t")
        }
        let annotation = PinChange(
            path: try ManifestPath(parsing: "metadata[\"a/b~c\"]"), before: nil, after: "3")
        #expect(
            try KubectlTarget.patch([annotation], object, in: "t").json
                == [["op": "add", "path": "/metadata/a~1b~0c", "value": "3"]])
        let gone = JSONPatch([JSONPatch.Change(pointer: [.key("a")], before: "3", after: nil)])
        #expect(gone.json == [["op": "test", "path": "/a", "value": "3"], ["op": "remove", "path": "/a"]])
    }

    @Test("an object of a custom kind is ready only when its controller has seen the patch")
    func waitsForTheGeneration() {
        func state(_ generation: JSONValue, _ observed: JSONValue, _ ready: JSONValue) -> Bool {
            let status: JSONValue = ["observedGeneration": observed, "conditions": [["type": "Ready", "status": ready]]]
            return ReadyCondition(ManifestObject(["metadata": ["generation": generation], "status": status])).isReady
        }
        #expect(state(4, 4, "True"))
        #expect(!state(4, 3, "True"))
        #expect(!state(4, 4, "False"))
        #expect(!state(4, nil, "True"))
        #expect(!ReadyCondition(ManifestObject(["metadata": ["generation": 1]])).isReady)
    }
}

@Suite("Pushes")
struct GitPushTests {
    @Test("a push that came too late is worth another one, a refusal is not")
    func tellsLateFromRefused() {
        #expect(GitPush.isLate("!\tHEAD:refs/heads/main\t[rejected] (fetch first)"))
        #expect(GitPush.isLate("!\tHEAD:refs/heads/main\t[rejected] (non-fast-forward)"))
        #expect(GitPush.isLate("!\tHEAD:refs/heads/main\t[remote rejected] (cannot lock ref 'refs/heads/main': is at a)"))
        #expect(GitPush.isLate("!\tHEAD:refs/heads/main\t[remote rejected] (incorrect old value provided)"))
        #expect(!GitPush.isLate("!\tHEAD:refs/heads/main\t[remote rejected] (pre-receive hook declined)"))
        #expect(!GitPush.isLate("!\tHEAD:refs/heads/main\t[remote rejected] (protected branch hook declined)"))
        #expect(!GitPush.isLate("fatal: unable to access: Could not resolve host"))
        #expect(!GitPush.isLate(""))
    }

    @Test("a password in an address is never shown")
    func hidesSecrets() {
        #expect(GitTarget.withoutSecrets("https://ci:s3cret@git.example.com/a.git") == "https://git.example.com/a.git")
        #expect(GitTarget.withoutSecrets("to https://x:y@h/a and ssh://git@h/b") == "to https://h/a and ssh://h/b")
        #expect(GitTarget.withoutSecrets("https://h/a@b.git") == "https://h/a@b.git")
    }
}
