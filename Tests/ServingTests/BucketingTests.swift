import Serving
import Testing

@Suite("Bucketing")
struct BucketingTests {
    @Test(
        "published vectors",
        arguments: [
            ("exp-A", "user-1", 19787), ("exp-A", "user-2", 2140), ("exp-A", "alice", 24243), ("exp-A", "ünï", 7331),
            ("exp-B", "user-1", 44262), ("exp-B", "user-2", 96781), ("exp-B", "alice", 9889), ("exp-B", "ünï", 56581),
        ])
    func vectors(salt: String, unit: String, bucket: Int) {
        #expect(Bucketing.gh1.bucket(of: unit.utf8, salt: salt) == bucket)
    }
}
