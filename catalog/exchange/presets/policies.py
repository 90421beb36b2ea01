"""Who may use and who may change presets. All collections share them."""

from catalog import policies


def can_use(user: policies.User) -> bool:
    """Tell whether the user may look at presets, and export by them what they may see: members."""
    return policies.is_member(user)


def can_change(user: policies.User) -> bool:
    """Tell whether the user may write presets: reviewers (审核员) of any collection."""
    return policies.publishable_collections(user).exists()
