-- Which version of a model predicted first is asked every hour; the answer must not cost its history.
create index prediction_comparisons_first_idx
    on ops.prediction_comparisons (platform, model_name, model_version, predicted_at) where superseded_at is null;

comment on column ops.model_ranking.rank is
    '1 is the best, by difference. Each version stands on the objects and windows that it and the champion both predicted, so that two challengers may stand on different ground. Null where the verdict is not_enough_data.';
comment on column ops.model_ranking.champion_version is
    'Version the others are held against: of those that predicted these windows the one whose first prediction ever was the earliest.';

-- A verdict about all versions of a model together, beside one about each. Rows so far are about versions.
alter table ops.model_drift add column scope text not null default 'version' check (scope in ('model', 'version'));
alter table ops.model_drift alter column scope drop default;
alter table ops.model_drift drop constraint model_drift_pkey;
alter table ops.model_drift add primary key (model_name, metric, date_day, scope, model_version);
comment on table ops.model_drift is
    'Whether a model''s errors are still what they were. Grain: model, metric, day for all versions together (scope model), and version.';
comment on column ops.model_drift.scope is
    'model: all versions together, which alerts stand on; version: one of them alone.';
comment on column ops.model_drift.model_version is 'Version of the model; empty for all versions together.';
comment on column ops.model_drift.recent_forecasts is
    'Scored predictions of the recent days, made before their window began or on its first day.';
comment on column ops.alerts.model_name is 'The model an alert of level model is about. Null for all others.';

comment on column ops.prediction_accuracy.rank_correlation is
    'Spearman''s correlation of predicted and actual within each level and window (1: all objects in the right order), the mean over those with at least three scored predictions, weighted by their number.';
comment on column ops.prediction_accuracy.summed is
    'How many of them enter sums: made in time (see hindsight) and compared, be their volume ever so small; settled ones only, if there are any.';
comment on column ops.prediction_accuracy.hindsight is
    'How many of the predictions were made after the first day of their window: they may have seen what they foretell, and enter no measure.';

comment on column ops.prediction_comparisons.roas_events is
    'How many orders roas was measured by; few of them are mostly chance. Null where orders have values and no counts: then 200 clicks are enough to judge by, and there is no ceiling.';
