"""The declarations as one project: what is checked, planned and owned together."""

from example_project import streams, tables, views
from moose_dagster import BatchLoad, Project

project = Project("shop", [tables, streams, views], database="shop", load=BatchLoad())
