/// One thing about this host itself that probing, the wizard or the cases depend on.
struct HostCheck: Encodable {
  enum Verdict: String, Encodable {
    case ok
    /// Something works less well, or not for everybody.
    case warning
    /// Something does not work at all.
    case problem
  }

  var id: String
  var title: String
  var state: Verdict
  /// One sentence.
  var saw: String
  /// What to do about it; nil where there is nothing to do.
  var advice: String?

  init(_ id: String, _ title: String, _ state: Verdict, _ saw: String, advice: String? = nil) {
    self.id = id
    self.title = title
    self.state = state
    self.saw = saw
    self.advice = advice
  }
}
