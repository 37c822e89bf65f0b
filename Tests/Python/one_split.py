"""The smallest model that decides anything: a LightGBM tree with one split, as text."""


def one_split(features: dict[str, str], threshold: float, leaf: float) -> str:
    """A tree over features with their ranges, such as `{"age": "[18:90]"}`: the first above `threshold` scores the logistic
    function of `leaf`, all else that of `-leaf`."""
    return f"""tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx={len(features) - 1}
objective=binary sigmoid:1
feature_names={" ".join(features)}
feature_infos={" ".join(features.values())}
tree_sizes=200

Tree=0
num_leaves=2
num_cat=0
split_feature=0
split_gain=1
threshold={threshold}
decision_type=2
left_child=-1
right_child=-2
leaf_value={-leaf} {leaf}
is_linear=0
shrinkage=1


end of trees
"""
