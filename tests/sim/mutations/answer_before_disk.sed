# core/service/supervisor.cpp
# Answers do not wait until the intent is durable.
s/++requests_.at(one).undurable;/static_cast<void>(one);/
