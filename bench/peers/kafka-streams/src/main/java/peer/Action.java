package peer;

import java.util.HashMap;
import java.util.Map;

/** What somebody did; those about a video have a mark, by which a person's repetitions are known. */
enum Action {
  view(1), like(2), share(4), comment(8), skip(16), not_interested(32), unlike(0),
  follow(-1), unfollow(-1), swipe(-1), undo(-1), match(-1), block(-1), report(-1), registration(-1), profile_change(-1),
  exposed(-1), dating_profile(-1), dating_status(-1), match_change(-1);

  static final Action[] all = values();
  private static final Map<String, Action> byName = new HashMap<>();

  static {
    for (Action action : all) byName.put(action.name(), action);
  }

  final int mark;

  Action(int mark) {
    this.mark = mark;
  }

  boolean isAboutVideo() {
    return mark >= 0;
  }

  static Action of(String name) {
    Action action = byName.get(name);
    if (action == null) throw new IllegalArgumentException("an action newer than this build: " + name);
    return action;
  }
}
