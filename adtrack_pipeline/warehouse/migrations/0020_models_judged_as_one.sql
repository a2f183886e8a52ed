-- Which version of a model predicted first is asked every hour; the answer must not cost its history.
create index prediction_comparisons_first_idx
    on ops.prediction_comparisons (platform, model_name, model_version, predicted_at) where superseded_at is null;

comment on column ops.model_ranking.rank is
    '1 is the best, by difference. Each version stands on the objects and windows that it and the champion both predicted, so that two challengers may stand on different ground. Null where the verdict is not_enough_data.';
comment on column ops.model_ranking.champion_version is
    'Version the others are held against: of those that predicted these windows the one whose first prediction ever was the earliest.';
